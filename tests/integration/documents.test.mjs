// The two contracts as documents: valid by the meta-schemas of OpenAPI 3.1 and AsyncAPI 3.0 (the published ones, from npm), and by rules
// of this house. A linter of many rules would bring hundreds of packages; these are the ones that found something. What the programs do
// is held against the documents elsewhere (support/contract.mjs).
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Validator } from '@seriousme/openapi-schema-validator';
import Ajv7 from 'ajv';
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';

const require = createRequire(import.meta.url);
const read = (path) => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

/** Every object of the document with the path to it. */
function* nodes(value, path = '#') {
  if (value === null || typeof value !== 'object') return;
  yield [path, value];
  for (const [key, child] of Object.entries(value)) yield* nodes(child, `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`);
}
const resolve = (document, ref) =>
  ref.slice(2).split('/').map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~')).reduce((node, key) => node?.[key], document);

/** References that lead nowhere, and components that nothing refers to. */
function references(document) {
  const refs = [...nodes(document)].flatMap(([path, { $ref }]) => (typeof $ref === 'string' ? [[path, $ref]] : []));
  const dangling = refs.filter(([, ref]) => !ref.startsWith('#/') || resolve(document, ref) === undefined);
  const components = Object.entries(document.components).filter(([kind]) => kind !== 'securitySchemes').flatMap(([kind, all]) => Object.keys(all).map((name) => `#/components/${kind}/${name}`));
  const unused = components.filter((name) => !refs.some(([path, ref]) => ref === name && !path.startsWith(`${name}/`)));
  return { dangling, unused };
}

/** Compiles every schema strictly (a misspelt keyword is an error) and holds each example against its schema. Returns what is wrong. */
function schemaFaults(document) {
  const ajv = new Ajv({ strict: true, strictTypes: false, strictRequired: false, allErrors: true, keywords: ['components', 'example', 'discriminator', 'externalDocs'] });
  addFormats(ajv);
  const faults = [];
  // The components become one schema, which references into the document lead to.
  const inlined = (schema) => JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"all#/components/'));
  ajv.addSchema({ $id: 'all', components: inlined(document.components) });
  const places = [...nodes(document)].flatMap(([path, node]) => (node.schema ?? node.payload ? [[path, node, node.schema ?? node.payload]] : []));
  const named = Object.entries(document.components.schemas).map(([name, schema]) => [`#/components/schemas/${name}`, { examples: schema.examples }, schema]);
  for (const [path, node, schema] of [...places, ...named]) {
    try {
      const validate = ajv.compile(inlined(schema));
      const examples = [...('example' in node ? [node.example] : []), ...Object.values(node.examples ?? {}).map((example) => example?.value ?? example?.payload ?? example)];
      for (const example of examples) if (!validate(example)) faults.push(`${path}: example: ${ajv.errorsText(validate.errors)}`);
    } catch (error) {
      faults.push(`${path}: ${error.message}`);
    }
  }
  return faults;
}

describe('rest/openapi.yaml', () => {
  const document = parse(read('rest/openapi.yaml'));
  const operations = Object.entries(document.paths).flatMap(([path, item]) => METHODS.filter((method) => item[method]).map((method) => ({ what: `${method} ${path}`, path, item, ...item[method] })));
  const everywhere = new Set(document['x-codes']);

  it('is valid OpenAPI 3.1', async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(document));
    assert.ok(valid, JSON.stringify(errors, null, 1));
  });

  it('has no reference to nothing, and no component that nothing refers to', () => assert.deepEqual(references(document), { dangling: [], unused: [] }));

  it('has sound schemas and examples that fit them', () => assert.deepEqual(schemaFaults(document), []));

  it('names every operation once, tells what it does, and files it under a known tag', () => {
    const ids = operations.map(({ operationId }) => operationId);
    assert.deepEqual(ids.filter((id, i) => !id || ids.indexOf(id) !== i), []);
    const tags = document.tags.map(({ name }) => name);
    assert.deepEqual(operations.filter((operation) => !operation.summary || operation.tags?.length !== 1 || !tags.includes(operation.tags[0])).map(({ what }) => what), []);
  });

  it('declares the parameters of every path', () => {
    for (const { what, path, item, parameters = [] } of operations) {
      const all = [...(item.parameters ?? []), ...parameters].map((parameter) => (parameter.$ref ? resolve(document, parameter.$ref) : parameter));
      assert.deepEqual(all.filter((parameter) => parameter.in === 'path').map(({ name }) => name).sort(), [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort(), what);
      assert.equal(new Set(all.map((parameter) => `${parameter.in} ${parameter.name}`)).size, all.length, `${what}: a parameter twice`);
    }
  });

  it('lets every operation be refused, with codes that there are', () => {
    const known = new Set([...read('core/domain/verdict.c').matchAll(/^ {4}ROW\((\w+), (\d+)/gm)].map(([, code]) => code));
    assert.deepEqual([...everywhere].filter((code) => !known.has(code)), []);
    for (const { what, responses, 'x-codes': codes = [] } of operations) {
      assert.deepEqual(responses.default, { $ref: '#/components/responses/Problem' }, what);
      assert.deepEqual(codes.filter((code, i) => !known.has(code) || codes.indexOf(code) !== i), [], `${what}: x-codes`);
      const told = [...JSON.stringify(responses).matchAll(/`([A-Z]+(?:_[A-Z]+)+|[A-Z]{5,})`/g)].map(([, code]) => code);
      assert.deepEqual(told.filter((code) => known.has(code) && !codes.includes(code) && !everywhere.has(code)), [], `${what}: told of, and not among its x-codes`);
    }
  });

  it('has every path that the router has', () => {
    const source = read('rest/router.c');
    const table = source.slice(source.indexOf('static const struct route routes[]'), source.indexOf('#define ROUTES '));
    const paths = [...table.matchAll(/COMMAND\("(\w+)"|"(\/[^"]*)"/g)].map(([, command, path]) => path ?? `/api/auctions/{id}/${command}`);
    const shape = (path) => path.replace(/\{\w+\}/g, '{}');
    assert.ok(paths.length > 30);
    assert.deepEqual([...new Set(paths.map(shape))].sort(), [...new Set(Object.keys(document.paths).map(shape))].sort());
  });
});

describe('realtime/asyncapi.yaml', () => {
  const document = parse(read('realtime/asyncapi.yaml'));

  it('is valid AsyncAPI 3.0', () => {
    const ajv = new Ajv7({ strict: false, allErrors: true, validateFormats: false });
    const validate = ajv.compile(require('@asyncapi/specs/schemas/3.0.0-without-$id.json'));
    assert.ok(validate(document), JSON.stringify(validate.errors?.slice(0, 5), null, 1));
  });

  it('has no reference to nothing, and no component that nothing refers to', () => assert.deepEqual(references(document), { dangling: [], unused: [] }));

  it('has sound schemas and examples that fit them', () => assert.deepEqual(schemaFaults(document), []));
});
