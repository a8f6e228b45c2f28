// A WebSocket client in the plain framing: requests with their acks, and every event in the order it came. All that comes is held
// against realtime/asyncapi.yaml.
import { randomUUID } from 'node:crypto';
import WebSocket from 'ws';
import { until } from './processes.mjs';
import { PlainWitness, realtimeContract } from './realtime_contract.mjs';

export class Client {
  constructor(url, { token, bearer = 'protocol', headers = {}, autoPong = true, ca } = {}) {
    const protocols = ['auction.v1'];
    if (token && bearer === 'protocol') protocols.push(`bearer.${token}`);
    this.socket = new WebSocket(url, protocols, {
      headers: { ...(token && bearer === 'header' ? { authorization: `Bearer ${token}` } : {}), ...headers },
      perMessageDeflate: false,
      ca,
      autoPong,
    });
    this.pings = 0;
    this.socket.on('ping', () => this.pings++);
    this.events = []; // {event, data} in order, acks not among them
    this.acks = new Map();
    this.nextId = 1;
    this.witness = new PlainWitness(realtimeContract);
    this.socket.on('message', (text) => {
      this.witness.received(text);
      this.#receive(JSON.parse(text));
    });
    this.closed = new Promise((done) => this.socket.on('close', (code, reason) => done((this.close = { code, reason: reason.toString() }))));
    this.closed.then((close) => {
      for (const { fail } of this.acks.values()) fail(new Error(`closed before the ack: ${JSON.stringify(close)}`));
    });
    this.opened = new Promise((done, fail) => {
      this.socket.once('open', done);
      this.socket.once('unexpected-response', (_, response) => fail(Object.assign(new Error(`HTTP ${response.statusCode}`), { status: response.statusCode })));
      this.socket.once('error', fail);
    });
    this.opened.catch(() => {});
    this.socket.on('error', () => {});
  }
  #receive(message) {
    this.hear?.(message); // whoever needs acks and events in the order they came
    if (message.event !== 'ack') {
      this.events.push(message);
      return;
    }
    const settle = this.acks.get(message.id);
    if (!settle) {
      this.strayAck = message;
      return;
    }
    this.acks.delete(message.id);
    settle.done(message.data);
  }
  /** The data of the ack of this id; fails when the connection closes before it comes. */
  ack(id) {
    return new Promise((done, fail) => {
      if (this.close) fail(new Error(`closed already: ${JSON.stringify(this.close)}`));
      else this.acks.set(id, { done, fail });
    });
  }
  /** Sends and gives the data of the ack. */
  request(event, data) {
    const id = this.nextId++;
    const ack = this.ack(id);
    this.raw(JSON.stringify({ event, id, data }));
    return ack;
  }
  raw(bytes, options) {
    this.witness.sent(bytes);
    this.socket.send(bytes, options);
  }
  join(auctionId, sinceSeq) {
    return this.request('auction:join', { auctionId, ...(sinceSeq === undefined ? {} : { sinceSeq }) });
  }
  bid(auctionId, amount, more = {}) {
    return this.request('auction:bid', { auctionId, bidId: randomUUID(), ...(amount ? { amount } : {}), confirm: true, ...more });
  }
  /** The first event of this name (that fits), come already or to come. */
  event(name, fits = () => true, seconds = 20) {
    return until(`${name}`, () => this.events.find(({ event, data }) => event === name && fits(data)), seconds).then(({ data }) => data);
  }
  /** All data of one event's name for a lot. */
  all(name, auctionId) {
    return this.events.filter(({ event, data }) => event === name && data.auctionId === auctionId).map(({ data }) => data);
  }
  terminate() {
    this.socket.terminate();
  }
}
