// Speech by `/tts-websocket`.
import { setTimeout as pause } from 'node:timers/promises';
import { SonioxNodeClient } from '@soniox/node';
import { STREAM, TEXT, base64, collected, failure } from './said.mjs';

const client = new SonioxNodeClient();

export async function spoken({ options }) {
  const stream = await client.realtime.tts({ ...STREAM, ...options });
  stream.sendText(TEXT, { end: true });
  const sound = base64(...(await collected(stream)));
  stream.close();
  return { sound, state: stream.state };
}

// As `spoken`, by events and in two pieces, with all that the events said.
export async function heard({ texts, options }) {
  const stream = await client.realtime.tts({ ...STREAM, ...options });
  const events = [];
  const chunks = [];
  const marks = [];
  stream.on('audio', (chunk, timestamps) => {
    chunks.push(chunk);
    events.push('audio');
    if (timestamps) marks.push(timestamps);
  });
  stream.on('audioEnd', () => events.push('audioEnd'));
  const ended = new Promise((resolve) => stream.on('terminated', resolve));
  for (const text of texts) stream.sendText(text);
  stream.finish();
  await ended;
  events.push('terminated');
  stream.close();
  return { sound: base64(...chunks), events, marks };
}

// Tokens of a language model, of which the last comes when sound has been heard.
export async function asWritten({ tokens }) {
  const stream = await client.realtime.tts(STREAM);
  const events = [];
  let hear;
  const first = new Promise((resolve) => (hear = resolve));
  async function* model() {
    for (const [index, token] of tokens.entries()) {
      if (index === tokens.length - 1) await first;
      else await pause(Math.random() * 5);
      events.push('token');
      yield token;
    }
  }
  const sent = stream.sendStream(model());
  const chunks = [];
  for await (const chunk of stream) {
    events.push('audio');
    chunks.push(chunk);
    hear();
  }
  await sent;
  stream.close();
  return { sound: base64(...chunks), events };
}

export async function cancelled() {
  const stream = await client.realtime.tts(STREAM);
  const ended = new Promise((resolve) => stream.on('terminated', resolve));
  const heard = new Promise((resolve) => stream.on('audio', resolve));
  stream.sendText(`${TEXT} And`);
  await heard;
  stream.cancel();
  await ended;
  const error = await failure(() => stream.sendText('more'));
  stream.close();
  return { state: stream.state, error };
}

export async function manyStreams({ texts }) {
  const connection = await client.realtime.tts.multiStream();
  const streams = await Promise.all(texts.map(() => connection.stream(STREAM)));
  const sixth = await failure(() => connection.stream(STREAM));
  const sounds = await Promise.all(
    streams.map(async (stream, index) => {
      stream.sendText(texts[index]);
      stream.finish();
      return base64(...(await collected(stream)));
    }),
  );
  const again = await connection.stream({ ...STREAM, stream_id: streams[0].streamId });
  again.sendText(texts[0], { end: true });
  sounds.push(base64(...(await collected(again))));
  const connected = connection.isConnected;
  connection.close();
  return { sounds, sixth, connected };
}

// A sixth stream that the SDK does not know of: what the server says to it.
export async function oneTooMany() {
  const connection = await client.realtime.tts.multiStream();
  const streams = await Promise.all([1, 2, 3, 4, 5].map(() => connection.stream(STREAM)));
  connection.activeStreams.delete(streams[4].streamId);
  const sixth = await connection.stream(STREAM);
  const error = await failure(() => collected(sixth));
  streams[0].sendText(TEXT, { end: true });
  const sound = base64(...(await collected(streams[0])));
  connection.close();
  return { error, sound };
}

// Keep-alives every second, with nothing said in between: the connection is there afterwards.
export async function keptAlive() {
  const patient = new SonioxNodeClient({ realtime: { tts_connection_options: { keepalive_interval_ms: 1000 } } });
  const connection = await patient.realtime.tts.multiStream();
  await pause(1500);
  const stream = await connection.stream(STREAM);
  stream.sendText(TEXT, { end: true });
  const sound = base64(...(await collected(stream)));
  connection.close();
  return sound;
}

export async function refused({ wishes }) {
  return Promise.all(
    wishes.map(async (wish) => {
      const stream = await client.realtime.tts({ ...STREAM, ...wish });
      const error = await failure(() => collected(stream));
      const { state } = stream;
      stream.close();
      return { ...error, state };
    }),
  );
}

// A wrong stream beside a right one.
export async function besideAFailure() {
  const connection = await client.realtime.tts.multiStream();
  const right = await connection.stream(STREAM);
  const wrong = await connection.stream({ ...STREAM, voice: 'Nobody' });
  const error = await failure(() => collected(wrong));
  right.sendText(TEXT, { end: true });
  const sound = base64(...(await collected(right)));
  connection.close();
  return { error, sound };
}
