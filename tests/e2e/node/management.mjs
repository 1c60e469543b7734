// The calls of the management API.
import { readFile } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import { SonioxNodeClient } from '@soniox/node';
import { STREAM, TEXT, base64, collected, failure } from './said.mjs';

const client = new SonioxNodeClient();
const NOBODY = '00000000-0000-4000-8000-000000000000';

export async function models() {
  return { speech: await client.tts.listModels(), listening: await client.models.list() };
}

export async function voices({ clip }) {
  const file = await readFile(clip);
  const made = await client.tts.voices.create({ name: 'From a buffer', file, filename: 'clip.wav' });
  const others = [
    await client.tts.voices.create({ name: 'From a stream', file: createReadStream(clip) }),
    await client.tts.voices.create({ name: 'From a blob', file: new Blob([file]), filename: 'clip.wav' }),
  ];
  const taken = await failure(() => client.tts.voices.create({ name: made.name, file, filename: 'clip.wav' }));
  const { total } = await client.tts.voices.count();
  const page = await client.tts.voices.list({ limit: 1 });
  const listed = (await collected(await client.tts.voices.list({ limit: 2 }))).map((voice) => voice.id);
  const got = await client.tts.voices.get(made);
  const nobody = await client.tts.voices.get(NOBODY);
  const again = await client.tts.voices.recompute(made.id, { model: 'tts-rt-v2' });
  const ready = (await again.recompute()).isReady('tts-rt-v2');
  const rest = base64(await client.tts.generate({ text: TEXT, voice: made.id, audio_format: 'pcm_s16le', sample_rate: 24000 }));
  const stream = await client.realtime.tts({ ...STREAM, voice: made.id });
  stream.sendText(TEXT, { end: true });
  const socket = base64(...(await collected(stream)));
  stream.close();
  await got.delete();
  await client.tts.voices.delete(made.id);
  const gone = await failure(() => client.tts.generate({ text: TEXT, voice: made.id }));
  await client.tts.voices.delete_all();
  const left = (await client.tts.voices.count()).total;
  return { made, others, taken, total, paged: page.isPaged(), listed, got, nobody, ready, rest, socket, gone, left };
}

export async function temporaryKey({ request }) {
  return client.auth.createTemporaryKey(request);
}

export async function refusals() {
  return Promise.all([
    failure(() => client.auth.createTemporaryKey({ usage_type: 'tts', expires_in_seconds: 60 })),
    failure(() => client.tts.voices.list({ cursor: 'nonsense' })),
    failure(() => client.usageLogs.list({ start_time: '2020-01-01T00:00:00Z', end_time: '2020-03-01T00:00:00Z' })),
  ]);
}

export async function usage({ window }) {
  await client.tts.generate({ text: TEXT, voice: 'Adrian', client_reference_id: 'node-1' });
  await client.tts.generate({ text: TEXT, voice: 'Adrian', client_reference_id: 'node-2' });
  const page = await client.usageLogs.list({ ...window, limit: 1, sort: 'end_time_desc' });
  const all = await collected(page);
  return { paged: page.isPaged(), first: page.usage_logs, all, summary: await client.usageLogs.getSummary(window) };
}

export async function concurrency({ window }) {
  const stream = await client.realtime.tts(STREAM);
  const heard = new Promise((resolve) => stream.on('audio', resolve));
  stream.sendText(`${TEXT} And`);
  await heard;
  const busy = await client.concurrencyLimits.get();
  stream.cancel();
  stream.close();
  const history = await client.concurrencyLimits.getHistory({ ...window, period_sec: 60, kind: 'tts' });
  const listening = await client.concurrencyLimits.getHistory({ ...window, period_sec: 3600, kind: 'stt' });
  return { busy, history, listening };
}
