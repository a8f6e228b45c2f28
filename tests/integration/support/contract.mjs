// rest/openapi.yaml as a judge: says of an exchange whether the contract allows it, and which of its operations were never tried.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const ID = 'openapi';
const escape = (key) => encodeURIComponent(`${key}`.replaceAll('~', '~0').replaceAll('/', '~1'));

export class Contract {
  constructor(file) {
    this.document = parse(readFileSync(file, 'utf8'));
    this.ajv = new Ajv({ strict: false, allErrors: true });
    addFormats(this.ajv);
    this.ajv.addSchema(this.document, ID);
    this.validators = new Map();
    this.tried = new Map(); // "GET /api/horses" → {success, refusal}
    for (const [path, item] of Object.entries(this.document.paths)) {
      for (const method of METHODS.filter((name) => item[name])) this.tried.set(`${method.toUpperCase()} ${path}`, { success: 0, refusal: 0 });
    }
  }

  /** The methods that the contract has for a path. */
  methods(path) {
    return METHODS.filter((name) => this.document.paths[path][name]).map((name) => name.toUpperCase());
  }

  /** What stands at this place of the document and where it really is, references followed. */
  #at(...keys) {
    let place = keys;
    let value = keys.reduce((node, key) => node?.[key], this.document);
    while (value?.$ref) {
      place = value.$ref.slice(2).split('/');
      value = place.reduce((node, key) => node[key], this.document);
    }
    return { place, value };
  }

  #validate(place, what, value) {
    const pointer = `${ID}#/${place.map(escape).join('/')}`;
    if (!this.validators.has(pointer)) this.validators.set(pointer, this.ajv.compile({ $ref: pointer }));
    const validate = this.validators.get(pointer);
    assert.ok(validate(value), `${what}: ${this.ajv.errorsText(validate.errors)}\n${JSON.stringify(value)}`);
  }

  /** Asserts that the answer is one that the contract has for the operation, and that what was taken was allowed to be sent. */
  check(method, path, body, answer) {
    const what = `${method} ${path} ${answer.status}`;
    const operation = ['paths', path, method.toLowerCase()];
    assert.ok(this.#at(...operation).value, `${method} ${path} is not in the contract`);
    const exact = this.#at(...operation, 'responses', answer.status);
    const { place, value: response } = exact.value ? exact : this.#at(...operation, 'responses', 'default');
    assert.ok(response, `${what} is not in the contract`);
    const success = answer.status < 300;
    assert.ok(!success || exact.value, `${what}: a success has its own words`);
    this.#checkHeaders(what, response, answer);
    this.#checkBody(what, [...place, 'content'], response.content, answer);
    if (success && body !== undefined) this.#validate([...operation, 'requestBody', 'content', 'application/json', 'schema'], `${what}, what was sent`, body);
    this.tried.get(`${method} ${path}`)[success ? 'success' : 'refusal']++;
  }

  #checkHeaders(what, response, answer) {
    assert.match(answer.headers.get('x-request-id') ?? '', /^[A-Za-z0-9._-]{1,64}$/, what);
    assert.equal(answer.headers.has('location'), answer.status === 201 && Boolean(response.headers?.Location), `${what}: Location`);
    assert.equal(answer.headers.has('etag'), Boolean(response.headers?.ETag), `${what}: ETag`);
    if (answer.status === 401) assert.equal(answer.headers.get('www-authenticate'), 'Bearer', what);
    if (answer.status === 429 || answer.json?.code === 'UNAVAILABLE') assert.match(answer.headers.get('retry-after') ?? '', /^[1-9][0-9]*$/, what);
  }

  #checkBody(what, place, content, answer) {
    const type = answer.headers.get('content-type')?.split(';')[0];
    if (!content) {
      assert.equal(answer.text, '', what);
      assert.equal(type, undefined, what);
      return;
    }
    assert.ok(content[type], `${what}: content of type ${type}`);
    this.#validate([...place, type, 'schema'], what, answer.json ?? answer.text);
    if (type === 'application/problem+json') assert.equal(answer.json.status, answer.status, what);
  }

  /** Operations without a success or without a refusal so far. */
  untried() {
    return [...this.tried].filter(([, { success, refusal }]) => !success || !refusal).map(([operation, counts]) => `${operation} ${JSON.stringify(counts)}`);
  }
}
