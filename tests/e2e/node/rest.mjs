// Speech by `POST /tts`.
import { readFile } from 'node:fs/promises';
import { SonioxNodeClient } from '@soniox/node';
import { TEXT, base64, collected, failure } from './said.mjs';

const client = new SonioxNodeClient();

export async function generated({ options }) {
  return base64(await client.tts.generate({ text: TEXT, voice: 'Adrian', ...options }));
}

export async function streamed({ options }) {
  return base64(...(await collected(client.tts.generateStream({ text: TEXT, voice: 'Adrian', ...options }))));
}

export async function inFiles({ path, options }) {
  const wanted = { text: TEXT, voice: 'Adrian', ...options };
  const written = await client.tts.generateToFile(path, wanted);
  const chunks = [];
  const kept = new WritableStream({ write: (chunk) => void chunks.push(chunk) });
  const streamed = await client.tts.generateToFile(kept, wanted);
  return { written, streamed, same: (await readFile(path)).equals(Buffer.concat(chunks)) };
}

export async function refused({ wishes }) {
  return Promise.all(wishes.map((wish) => failure(() => client.tts.generate({ text: TEXT, voice: 'Adrian', ...wish }))));
}

// A listener who has heard enough after the first chunk.
export async function brokenOff() {
  const controller = new AbortController();
  let heard = 0;
  const error = await failure(async () => {
    const wish = { text: TEXT.repeat(100), voice: 'Adrian', signal: controller.signal };
    for await (const chunk of client.tts.generateStream(wish)) {
      heard += chunk.length;
      controller.abort();
    }
  });
  return { heard, error };
}
