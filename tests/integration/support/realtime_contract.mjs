// realtime/asyncapi.yaml as a judge: says of everything that a realtime node sends whether the contract allows it, and keeps what was
// seen of it. Every message that a test gets through Client (client.mjs), a Socket.IO client or a bare one of the tests comes by here.
// What was seen is written down when the process ends, in the folder that SERI_TEST_COVERAGE names; coverage.mjs holds all of that
// against the whole file when all tests have run.
//
// The contract lets clients ignore members they do not know. The judge does not: what is not written there is not to be sent, for nobody
// has said that it is public. An object that may have any members says so by `additionalProperties: true`, or names none.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';

const ID = 'asyncapi';

/** Every object of the document that names its members takes no others, but for those that others are made of (by allOf). */
function closed(document) {
  const parts = new Set();
  const walk = (node, place, visit) => {
    if (node === null || typeof node !== 'object') return;
    visit(node, place);
    for (const [key, value] of Object.entries(node)) walk(value, `${place}/${key}`, visit);
  };
  walk(document, '#', (node) => node.allOf?.forEach?.(({ $ref }) => parts.add($ref)));
  walk(document, '#', (node, place) => {
    const names = node.allOf || (node.properties && !place.endsWith('/properties'));
    if (names && node.additionalProperties === undefined && !parts.has(place)) node.unevaluatedProperties = false;
  });
  return document;
}

export class RealtimeContract {
  constructor(file) {
    this.document = closed(parse(readFileSync(file, 'utf8')));
    this.ajv = new Ajv({ strict: false, allErrors: true });
    addFormats(this.ajv);
    this.ajv.addSchema(this.document, ID);
    this.validators = new Map();
    this.seen = new Set(); // "auction:update", "ack auction:join", "BID_TOO_LOW"
    this.said = this.#messages('send'); // by the server: event → key in components.messages
    this.heard = this.#messages('receive');
    this.codes = this.document.components.schemas.Refusal.properties.error.properties.code.enum;
  }

  /** What stands at a reference. */
  #at($ref) {
    return $ref.slice(2).split('/').reduce((node, key) => node[key], this.document);
  }
  /** Of all operations, over whatever channel; one that names no messages has all of its channel. */
  #messages(action) {
    const operations = Object.values(this.document.operations).filter((operation) => operation.action === action);
    const references = operations.flatMap(({ messages, channel }) => messages ?? Object.values(this.#at(channel.$ref).messages));
    const keys = references.map(({ $ref }) => $ref.split('/').at(-1));
    return new Map(keys.map((key) => [this.document.components.messages[key].name, key]));
  }

  #validate(place, what, value) {
    const pointer = `${ID}#/components/${place}`;
    if (!this.validators.has(pointer)) this.validators.set(pointer, this.ajv.compile({ $ref: pointer }));
    const validate = this.validators.get(pointer);
    assert.ok(validate(value), `${what}: ${this.ajv.errorsText(validate.errors)}\n${JSON.stringify(value)}`);
  }

  /** Asserts that the server may send this event with this data. */
  event(name, data) {
    const key = this.said.get(name);
    assert.ok(key, `${name} is not an event of the contract's: ${JSON.stringify(data)}`);
    const { payload } = this.document.components.messages[key];
    const framed = (payload.$ref ? this.#at(payload.$ref) : payload).properties?.event; // what only streams have is data alone
    this.#validate(`messages/${key}/payload`, name, framed ? { event: name, data } : data);
    this.seen.add(name);
  }

  /** Asserts that this may be the answer to `asked`, {event, data}, and that what was taken was allowed to be sent; null: who knows to what. */
  ack(asked, data) {
    this.#validate('messages/ack/payload', 'ack', { event: 'ack', id: 0, data });
    if (data.ok === false) {
      this.#validate('schemas/Refusal', `the refusal of ${asked?.event}`, data);
      this.seen.add(data.error.code);
    } else if (asked) {
      const key = this.heard.get(asked.event);
      assert.ok(key, `${asked.event} is not an event of the contract's, and was taken`);
      this.#validate(`messages/${key}/x-ack`, `the ack of ${asked.event}`, data);
      this.#validate(`messages/${key}/payload`, `${asked.event}, as it was sent`, asked);
      this.seen.add(`ack ${asked.event}`);
    }
  }

  /** What Socket.IO's CONNECT is answered with. */
  introduction(accepted, data) {
    this.#validate(`schemas/${accepted ? 'Connected' : 'ConnectError'}`, 'the answer to CONNECT', data);
    if (data.data) this.seen.add(data.data.code);
  }
}

const parsed = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return null; // a test may send what it likes
  }
};

/** One connection, told of every text in both directions. A fault is thrown from nowhere, so that it fails whatever test is running. */
class Witness {
  constructor(contract) {
    this.contract = contract;
    this.asked = new Map();
  }
  remember(id, asked) {
    // Of two questions under one id nobody can say which an answer belongs to.
    this.asked.set(id, this.asked.has(id) && this.asked.get(id)?.event !== asked.event ? null : asked);
  }
  answered(id, data) {
    this.contract.ack(this.asked.get(id) ?? null, data);
  }
  received(what) {
    try {
      this.judge(what);
    } catch (fault) {
      setImmediate(() => {
        throw fault;
      });
    }
  }
}

/** In the plain framing. */
export class PlainWitness extends Witness {
  sent(text) {
    const message = parsed(text);
    if (Number.isInteger(message?.id)) this.remember(message.id, { event: message.event, data: message.data });
  }
  judge(text) {
    const { event, id, data, ...rest } = JSON.parse(`${text}`);
    assert.deepEqual(rest, {}, text);
    if (event === 'ack') this.answered(id, data);
    else this.contract.event(event, data);
  }
}

/** In Socket.IO's, over the messages of Engine.IO. */
export class SocketioWitness extends Witness {
  sent(text) {
    const [, id, json] = /^42(\d+)(\[[^]*)$/.exec(text) ?? [];
    const [event, data] = (id && parsed(json)) || [];
    if (event) this.remember(Number(id), { event, data });
  }
  judge(text) {
    const [, packet, id, json] = /^(4[0-4]|[0236])(?:\/[^,]*,)?(\d*)([^]*)$/.exec(`${text}`) ?? [];
    const body = json ? JSON.parse(json) : undefined;
    switch (packet) {
      case '42':
        assert.equal(id, '', `nothing is asked of clients: ${text}`);
        assert.equal(body.length, 2, text);
        this.contract.event(...body);
        break;
      case '43':
        assert.equal(body.length, 1, text);
        this.answered(Number(id), body[0]);
        break;
      case '40':
      case '44':
        this.contract.introduction(packet === '40', body);
        break;
      default:
        assert.ok(packet, `no packet that a server of ours sends: ${text}`);
    }
  }
}

/** A stream of server-sent events, told of each. */
export class StreamWitness extends Witness {
  judge({ event, data }) {
    this.contract.event(event, data);
  }
}

/** Listens to all that an official Socket.IO client sends and gets, over all its connections. */
export function witnessed(socket) {
  socket.io.on('open', () => {
    const witness = new SocketioWitness(realtimeContract);
    socket.io.engine.on('packetCreate', ({ type, data }) => type === 'message' && witness.sent(`4${data}`));
    socket.io.engine.on('packet', ({ type, data }) => type === 'message' && witness.received(`4${data}`));
  });
  return socket;
}

export const ASYNCAPI = fileURLToPath(new URL('../../../realtime/asyncapi.yaml', import.meta.url));

/** The contract that all clients of the tests judge by. */
export const realtimeContract = new RealtimeContract(ASYNCAPI);

const folder = process.env.SERI_TEST_COVERAGE;
if (folder) process.on('exit', () => writeFileSync(join(folder, `realtime-${process.pid}.json`), JSON.stringify([...realtimeContract.seen])));
