const response = await fetch("https://sonnalabs.app/api/v1/tts/synthesize", {
  method: "POST",
  headers: {
    "X-API-Key": "sona_sk_YOUR_KEY_HERE",
    "Content-Type": "application/json",
  },
  body: JSON.stringify({
    text: "Welcome to Sonna. Your generation is ready.",
    voice: "YOUR_VOICE_ID",
    ttsModel: "eleven-flash-v2-5",
  }),
});

const audioBlob = await response.blob();
