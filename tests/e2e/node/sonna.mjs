// Every call of Sonna's that its pages name, by plain fetch. Prints status and body of each, by name.
const [url, key, code] = process.argv.slice(1);
const TTS = '/api/v1/tts';
const USER = '/api/v1/user';
const alice = { text: '[whispers] Did you hear that?', voice: 'Alice' };
const george = { text: 'It was the wind.', voice: 'George' };

async function call(method, path, { body, token } = {}) {
  const headers = token ? { Authorization: `Bearer ${token}` } : { 'X-API-Key': key };
  if (body) headers['Content-Type'] = 'application/json';
  const response = await fetch(url + path, { method, headers, body: body && JSON.stringify(body) });
  return { status: response.status, body: await response.json() };
}

const first = await call('POST', '/api/auth/first', { body: { code, email: 'anna@example.com', password: 'correct horse' } });
const { token } = first.body;
const said = {
  first,
  synthesize: await call('POST', `${TTS}/synthesize`, { body: { ...george, ttsModel: 'eleven-v3' } }),
  signedIn: await call('POST', `${TTS}/synthesize`, { body: george, token }),
  dialogue: await call('POST', `${TTS}/synthesize-dialogue`, { body: { turns: [alice, george] } }),
  enhance: await call('POST', `${TTS}/enhance`, { body: { text: 'Oh no! What have you done?' } }),
  enhanceDialogue: await call('POST', `${TTS}/enhance-dialogue`, { body: { turns: [{ id: 1, text: 'Oh no!' }] } }),
  voices: await call('GET', `${TTS}/voices`),
  filters: await call('GET', `${TTS}/filters`),
  toggle: await call('POST', `${TTS}/favorites/toggle`, { body: { voiceId: 'Alice' } }),
  favorites: await call('GET', `${TTS}/favorites`),
  models: await call('GET', `${TTS}/models`),
  credits: await call('GET', `${USER}/credits`),
  renewal: await call('POST', `${USER}/subscription/check-renewal`),
  newKey: await call('POST', `${USER}/api-keys`, { body: { name: 'Production' }, token }),
  keys: await call('GET', `${USER}/api-keys`, { token }),
};
const { id } = said.newKey.body.apiKey;
said.revoked = await call('DELETE', `${USER}/api-keys/${id}`, { token });
said.google = await call('POST', '/api/auth/google');
said.mobile = await call('POST', '/api/auth/mobile-login');
console.log(JSON.stringify(said));
