// A REST client that hides nothing: status, headers and body of each answer. Each is held against rest/openapi.yaml, whatever the test
// is about; bytes that no client would send are a test's own business (raw sockets).
import assert from 'node:assert/strict';
import { contract } from './contract.mjs';

export class Answer {
  constructor(response, text) {
    this.status = response.status;
    this.headers = response.headers;
    this.text = text;
    this.json = text && /json/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : undefined;
  }
  /** The body, when the status is the one expected. */
  expect(status) {
    assert.equal(this.status, status, this.text);
    return this.json;
  }
  /** Asserts a refusal with this code. */
  refused(code, status) {
    assert.equal(this.json?.code, code, this.text);
    if (status) assert.equal(this.status, status);
    assert.match(this.headers.get('content-type'), /^application\/problem\+json/);
    return this.json;
  }
}

export class Api {
  constructor(origin, token) {
    this.origin = origin;
    this.token = token;
  }
  as(token) {
    return new Api(this.origin, token);
  }
  async request(method, path, { body, headers = {} } = {}) {
    const response = await fetch(this.origin + path, {
      method,
      headers: {
        ...(this.token ? { authorization: `Bearer ${this.token}` } : {}),
        ...(body !== undefined ? { 'content-type': 'application/json' } : {}),
        ...headers,
      },
      body: body === undefined ? undefined : typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
    }).catch((error) => {
      throw new Error(`${method} ${path} of ${this.origin}: ${error.cause?.message ?? error.message}`, { cause: error });
    });
    const answer = new Answer(response, await response.text());
    contract.check(method, path, body, answer);
    return answer;
  }
  get(path, options) {
    return this.request('GET', path, options);
  }
  post(path, body, options) {
    return this.request('POST', path, { body, ...options });
  }
  patch(path, body, etag) {
    return this.request('PATCH', path, { body, headers: etag ? { 'if-match': etag } : {} });
  }
}
