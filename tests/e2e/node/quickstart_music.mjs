const response = await fetch("https://sonnalabs.app/api/generate", {
  method: "POST",
  headers: {
    "X-API-Key": "sona_sk_YOUR_KEY_HERE",
    "Content-Type": "application/json",
  },
  body: JSON.stringify({
    type: "MUSIC",
    model: "suno-v4_5all",
    prompt: "Upbeat lo-fi hip hop with piano and rain ambiance",
  }),
});

const result = await response.json();
console.log(result.audioUrl);
