curl -X POST https://sonnalabs.app/api/generate \
  -H "X-API-Key: sona_sk_YOUR_KEY_HERE" \
  -H "Content-Type: application/json" \
  -d '{
    "type": "IMAGE",
    "model": "nano-banana-2",
    "prompt": "A photorealistic mountain landscape at golden hour, 4K"
  }'
