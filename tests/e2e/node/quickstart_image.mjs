const response = await fetch("https://sonnalabs.app/api/generate", {
  method: "POST",
  headers: {
    "X-API-Key": "sona_sk_YOUR_KEY_HERE",
    "Content-Type": "application/json",
  },
  body: JSON.stringify({
    type: "IMAGE",
    model: "nano-banana-2",
    prompt: "A photorealistic mountain landscape at golden hour, 4K",
  }),
});

const result = await response.json();
console.log(result.imageUrl);
