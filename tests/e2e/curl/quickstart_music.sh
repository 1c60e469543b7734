curl -X POST https://sonnalabs.app/api/generate \
  -H "X-API-Key: sona_sk_YOUR_KEY_HERE" \
  -H "Content-Type: application/json" \
  -d '{
    "type": "MUSIC",
    "model": "suno-v4_5all",
    "prompt": "Upbeat lo-fi hip hop with piano and rain ambiance"
  }'
