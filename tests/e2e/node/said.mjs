// What scenarios have in common: sound and errors as JSON can carry them.

export const TEXT = 'Hello from the other side of the wire.';
export const STREAM = { model: 'tts-rt-v2', language: 'en', voice: 'Adrian', audio_format: 'pcm_s16le', sample_rate: 24000 };

export const base64 = (...chunks) => Buffer.concat(chunks).toString('base64');

export async function collected(chunks) {
  const all = [];
  for await (const chunk of chunks) all.push(chunk);
  return all;
}

// The error of what has to fail, or null.
export async function failure(work) {
  try {
    await work();
    return null;
  } catch (error) {
    return {
      class: error.constructor.name,
      name: error.name,
      code: error.code,
      status: error.statusCode,
      message: error.message,
      body: error.bodyText === undefined ? undefined : JSON.parse(error.bodyText),
    };
  }
}
