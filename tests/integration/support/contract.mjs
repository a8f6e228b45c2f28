// rest/openapi.yaml as a judge: says of an answer whether the contract allows it, and keeps what was tried of it. Every answer that a
// test gets through Api (api.mjs) comes by here. What was tried is written down when the process ends, in the folder that
// SERI_TEST_COVERAGE names; coverage.mjs holds all of that against the whole file when all tests have run.
//
// So a new operation needs, somewhere in tests/integration, a success, a refusal, and each code of its x-codes.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const ID = 'openapi';
const PROBLEM = ['components', 'schemas', 'Problem'];
const escape = (key) => encodeURIComponent(`${key}`.replaceAll('~', '~0').replaceAll('/', '~1'));

export class Contract {
  constructor(file) {
    this.document = parse(readFileSync(file, 'utf8'));
    this.ajv = new Ajv({ strict: false, allErrors: true });
    addFormats(this.ajv);
    this.ajv.addSchema(this.document, ID);
    this.validators = new Map();
    this.tried = new Set(); // "GET /api/horses success", "GET /api/horses refusal", "GET /api/horses NOT_FOUND"
    this.templates = Object.keys(this.document.paths).map((path) => ({
      path,
      pattern: new RegExp(`^${path.split(/\{\w+\}/).map((text) => text.replace(/[.]/g, '\\.')).join('[^/]+')}$`),
      names: path.split('{').length - 1,
    }));
    this.templates.sort((a, b) => a.names - b.names); // registrations/me before registrations/{userId}
  }

  /** The methods that the contract has for a path. */
  methods(path) {
    return METHODS.filter((name) => this.document.paths[path][name]).map((name) => name.toUpperCase());
  }

  /** Every operation, as "GET /api/horses". */
  operations() {
    return Object.keys(this.document.paths).flatMap((path) => this.methods(path).map((method) => `${method} ${path}`));
  }

  /** The codes that an operation may refuse with, but for those that all have. */
  codes(operation) {
    const [method, path] = operation.split(' ');
    return this.document.paths[path][method.toLowerCase()]['x-codes'] ?? [];
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

  /**
   * Asserts that the answer to a request for `target` (path and query) is one that the contract has, and that what was taken was
   * allowed to be sent. What is not in the contract must be refused as such.
   */
  check(method, target, body, answer) {
    const [path, query] = target.split('?');
    const template = this.templates.find(({ pattern }) => pattern.test(path))?.path;
    const verb = method === 'HEAD' ? 'GET' : method;
    const what = `${method} ${template ?? path} ${answer.status}`;
    if (!template || !this.methods(template).includes(verb)) {
      assert.ok(answer.status >= 400, `${what} is not in the contract`);
      this.#checkProblem(what, template ? ['METHOD_NOT_ALLOWED'] : [], method, answer);
      return;
    }
    const operation = ['paths', template, verb.toLowerCase()];
    const exact = this.#at(...operation, 'responses', answer.status);
    const { place, value: response } = exact.value ? exact : this.#at(...operation, 'responses', 'default');
    assert.ok(response, `${what} is not in the contract`);
    const success = answer.status < 400;
    assert.ok(!success || exact.value, `${what}: a success has its own words`);
    this.#checkHeaders(what, response, answer);
    const problem = !success && /^application\/problem\+json/.test(answer.headers.get('content-type') ?? '');
    if (problem) this.#checkProblem(what, this.codes(`${verb} ${template}`), method, answer);
    else if (method !== 'HEAD') this.#checkBody(what, [...place, 'content'], response.content, answer);
    if (success) this.#checkRequest(what, operation, query, body);
    this.tried.add(`${verb} ${template} ${success ? 'success' : 'refusal'}`);
    if (answer.json?.code) this.tried.add(`${verb} ${template} ${answer.json.code}`);
  }

  #checkRequest(what, operation, query, body) {
    const named = [...(this.document.paths[operation[1]].parameters ?? []), ...(this.#at(...operation).value.parameters ?? [])];
    const known = named.map((parameter) => (parameter.$ref ? this.#at(...parameter.$ref.slice(2).split('/')).value : parameter));
    const queries = known.filter((parameter) => parameter.in === 'query').map(({ name }) => name);
    for (const name of new URLSearchParams(query).keys()) assert.ok(queries.includes(name), `${what}: the query takes no ${name}`);
    const plain = body !== null && typeof body === 'object' && [Object.prototype, Array.prototype].includes(Object.getPrototypeOf(body));
    if (plain) this.#validate([...operation, 'requestBody', 'content', 'application/json', 'schema'], `${what}, what was sent`, body);
  }

  #checkHeaders(what, response, answer) {
    assert.match(answer.headers.get('x-request-id') ?? '', /^[A-Za-z0-9._-]{1,64}$/, what);
    if (answer.status < 300) {
      assert.equal(answer.headers.has('location'), answer.status === 201 && Boolean(response.headers?.Location), `${what}: Location`);
      assert.equal(answer.headers.has('etag'), Boolean(response.headers?.ETag), `${what}: ETag`);
    }
    if (answer.status === 401) assert.equal(answer.headers.get('www-authenticate'), 'Bearer', what);
    if (answer.status === 429 || answer.json?.code === 'UNAVAILABLE') assert.match(answer.headers.get('retry-after') ?? '', /^[1-9][0-9]*$/, what);
  }

  /** Asserts that a refusal, whoever made it, has the form of all and says a code that any operation may answer with. */
  checkProblem(what, answer) {
    this.#checkProblem(what, [], 'GET', answer);
  }

  /** Codes that stand neither with the operation nor with all of them are not the contract's. */
  #checkProblem(what, codes, method, answer) {
    assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/, what);
    if (method === 'HEAD') return;
    this.#validate(PROBLEM, what, answer.json);
    assert.equal(answer.json.status, answer.status, what);
    if (answer.headers.get('content-language') === 'ja') {
      const { title, detail, errors = [] } = answer.json;
      for (const text of [title, ...(detail ? [detail] : []), ...errors.map(({ message }) => message)]) assert.match(text, /[ぁ-んァ-ヶ一-龠]/, `${what}: not in Japanese`);
    }
    const { code } = answer.json;
    assert.ok(codes.includes(code) || this.document['x-codes'].includes(code), `${what}: ${code} is not among its x-codes`);
    this.tried.add(code);
  }

  #checkBody(what, place, content, answer) {
    const type = answer.headers.get('content-type')?.split(';')[0];
    if (!content) {
      assert.equal(answer.text, '', what);
      assert.equal(type, undefined, what);
      return;
    }
    const found = [type, `${type?.split('/')[0]}/*`, '*/*'].find((name) => content[name]);
    assert.ok(found, `${what}: content of type ${type}`);
    if (content[found].schema) this.#validate([...place, found, 'schema'], what, answer.json ?? answer.text);
  }
}

export const OPENAPI = fileURLToPath(new URL('../../../rest/openapi.yaml', import.meta.url));

/** The contract that Api judges by. */
export const contract = new Contract(OPENAPI);

const folder = process.env.SERI_TEST_COVERAGE;
if (folder) process.on('exit', () => writeFileSync(join(folder, `rest-${process.pid}.json`), JSON.stringify([...contract.tried])));
