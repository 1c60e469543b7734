curl -X POST https://sonnalabs.app/api/v1/tts/synthesize \
  -H "X-API-Key: sona_sk_YOUR_KEY_HERE" \
  -H "Content-Type: application/json" \
  -d '{
    "text": "Welcome to Sonna. Your generation is ready.",
    "voice": "YOUR_VOICE_ID",
    "ttsModel": "eleven-flash-v2-5"
  }'
