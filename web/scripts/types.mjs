// Makes src/api/generated/ from the two contracts: rest.ts from rest/openapi.yaml, live.ts from realtime/asyncapi.yaml. The
// schemas of AsyncAPI 3 are JSON Schema as those of OpenAPI 3.1 are, so one generator serves both; the events become a map from
// name to data and answer.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import openapiTS, { astToString } from 'openapi-typescript';
import { parse } from 'yaml';

const here = (relative) => new URL(relative, import.meta.url);
const out = here('../src/api/generated/');
const NOTICE = '// Made by scripts/types.mjs from the contract; not to be edited.\n';

const read = async (file) => parse(await readFile(here(file), 'utf8'));
const generate = async (document) => astToString(await openapiTS(document, { defaultNonNullable: false }));
const last = (reference) => reference.split('/').at(-1);

/** A page is "an array of anything" and, in each list, an array of something: the former only blurs the types of the latter. */
function withItems(document) {
  delete document.components.schemas.Page.properties.items;
  const walk = (node) => {
    if (node === null || typeof node !== 'object') return;
    if (node.allOf?.[0]?.$ref?.endsWith('/Page')) node.allOf[1].required = ['items'];
    Object.values(node).forEach(walk);
  };
  walk(document);
  return document;
}

/** The schemas of all messages' data and answers beside those that they refer to. */
function schemasOf({ components }) {
  const schemas = { ...components.schemas };
  for (const [key, message] of Object.entries(components.messages)) {
    const payload = message.payload.$ref ? components.schemas[last(message.payload.$ref)] : message.payload;
    schemas[`${key}Data`] = payload.properties?.data ?? { type: 'object' };
    if (message['x-ack']) schemas[`${key}Ack`] = message['x-ack'];
  }
  return schemas;
}

/** Names of the messages that the server sends or receives over the socket; the event stream carries the same. */
function messagesOf({ operations, channels, components }, action) {
  const found = new Map();
  for (const operation of Object.values(operations).filter((one) => one.action === action && one.channel.$ref === '#/channels/socket')) {
    for (const { $ref } of operation.messages) {
      const channel = channels[$ref.split('/')[2]];
      const key = last(channel.messages[last($ref)].$ref);
      found.set(components.messages[key].name, key);
    }
  }
  return [...found].sort();
}

function eventMaps(document) {
  const type = (name) => `components['schemas']['${name}']`;
  const sent = messagesOf(document, 'send').map(([name, key]) => `  '${name}': ${type(`${key}Data`)};`);
  const received = messagesOf(document, 'receive').map(([name, key]) => {
    const ack = document.components.messages[key]['x-ack'] ? type(`${key}Ack`) : type('PlainAck');
    return `  '${name}': { data: ${type(`${key}Data`)}; ack: ${ack} };`;
  });
  return [
    '/** What the server sends: event → data. */', 'export interface ServerEvents {', ...sent, '}', '',
    '/** What a client may send: event → data and the answer when it was taken. */', 'export interface ClientEvents {', ...received, '}', '',
  ].join('\n');
}

await mkdir(out, { recursive: true });
const rest = withItems(await read('../../rest/openapi.yaml'));
await writeFile(new URL('rest.ts', out), NOTICE + (await generate(rest)));
const live = await read('../../realtime/asyncapi.yaml');
const schemas = await generate({ openapi: '3.1.0', info: live.info, paths: {}, components: { schemas: schemasOf(live) } });
await writeFile(new URL('live.ts', out), NOTICE + schemas + eventMaps(live));
