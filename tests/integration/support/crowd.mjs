// Bidders who bid all at once on one lot, over sockets of every node and over REST, whatever happens to the servers, and write down all
// they are told; and the checker that holds what they were told against the ledger.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { history as statesOf, verifyChain } from './ledger.mjs';
import { until } from './processes.mjs';

const SILENCE_MS = 1000; // after which somebody with a socket tries the next node
const LOOK_MS = 1500; // somebody who waits to be overtaken sees this often whether the node is still there
const INSIST_MS = 60000; // on a verdict, all in all
const START_PRICE = 1000000;
const MAXIMUM = 35000; // over its amount, of every fourth bid

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

function within(ms, promise) {
  let timer;
  const silence = new Promise((_, fail) => (timer = setTimeout(() => fail(new Error(`no answer for ${ms} ms`)), ms)));
  return Promise.race([promise, silence]).finally(() => clearTimeout(timer));
}

/** What one bidder sees of the lot over all its connections, and what in that is against the protocol. */
class View {
  constructor(who, lot) {
    Object.assign(this, { who, lot, faults: [], claims: [], told: [], connection: 0, joined: false, resyncs: 0 });
  }
  /** A new connection: until it has joined, the lot must not be heard of. */
  begin() {
    this.connection++;
    this.joined = false;
    this.timerSeq = 0;
  }
  fault(what) {
    this.faults.push(`${this.who}, connection ${this.connection}: ${what}`);
  }
  #state({ seq, price, leader, status, minNextBid }) {
    Object.assign(this, { place: seq, price, leader, status, minNextBid });
  }
  /** The answer to a join with `place` as sinceSeq. */
  join({ ok, auction, events, resync, error }) {
    if (!ok) return void (error.code === 'UNAVAILABLE' || this.fault(`join refused: ${JSON.stringify(error)}`));
    if (this.place !== undefined && auction.seq < this.place) this.fault(`joined at ${auction.seq}, having seen ${this.place}`);
    if (this.place !== undefined && !resync) {
      const missed = events.map(({ seq }) => seq);
      const expected = Array.from({ length: auction.seq - this.place }, (_, index) => this.place + 1 + index);
      if (`${missed}` !== `${expected}`) this.fault(`resumed from ${this.place} to ${auction.seq} with ${missed}`);
    }
    if (resync) this.resyncs++;
    this.joined = true;
    this.#state(auction);
  }
  hear({ event, data }) {
    if (event === 'server:draining' || event === 'server:degraded') this.told.push({ event, data });
    if (data?.auctionId !== this.lot) return;
    if (event === 'you:update') this.claims.push({ seq: data.stateSeq, leading: data.leading });
    if (event === 'bid:outbid') this.claims.push({ seq: data.seq, leading: false, price: data.price });
    if (!event.startsWith('auction:') || event === 'auction:presence') return;
    if (!this.joined) this.fault(`${event} before the answer to the join`);
    if (event === 'auction:update') {
      if (data.prevSeq !== this.place) this.fault(`a hole: at ${this.place}, then ${data.prevSeq} to ${data.seq}`);
      if (data.seq <= data.prevSeq) this.fault(`an update from ${data.prevSeq} to ${data.seq}`);
      this.#state(data);
    } else if (event === 'auction:state') {
      if (data.seq < this.place) this.fault(`the state of ${data.seq}, having seen ${this.place}`);
      this.resyncs++;
      this.#state(data);
    } else if (event === 'auction:timer') {
      if (data.seq < this.timerSeq) this.fault(`a timer of ${data.seq} after one of ${this.timerSeq}`);
      this.timerSeq = data.seq;
    } else if (data.seq > this.place) {
      this.fault(`${event} of ${data.seq} at ${this.place}`);
    }
  }
}

class Bidder {
  /** `node`: of the stack, at first; null: bids over REST. */
  constructor(crowd, person, node) {
    Object.assign(this, { crowd, person, node, answers: [] });
    this.view = new View(person.name, crowd.lot);
  }
  get stack() {
    return this.crowd.stack;
  }

  /** To the next node than that, if there is one. */
  #next() {
    const { nodes } = this.stack;
    this.node = nodes[(nodes.indexOf(this.node) + 1) % nodes.length];
  }
  async #connect() {
    this.client?.terminate();
    const at = Math.max(this.stack.nodes.indexOf(this.node), 0);
    this.node = this.stack.nodes[at];
    this.view.begin();
    const { view } = this;
    const connection = view.connection;
    const client = await within(2 * SILENCE_MS, this.stack.client(this.person, at));
    if (connection !== view.connection) return client.terminate(); // too late: there is a newer one
    let joinId;
    client.hear = (message) => {
      if (connection !== view.connection) return;
      if (message.event === 'ack' && message.id === joinId) view.join(message.data);
      else if (message.event !== 'ack') view.hear(message);
      if (message.event === 'server:draining') this.leaveAt = Date.now() + message.data.reconnectInMs;
    };
    this.leaveAt = Infinity;
    joinId = client.nextId;
    this.client = client;
    const joined = await within(SILENCE_MS, client.join(this.crowd.lot, view.place));
    if (!joined.ok) throw new Error(joined.error.code);
  }
  /** Does it over a socket that works; where it does not, the next node is for it. */
  async #over(request) {
    try {
      if (!this.client || this.client.close || Date.now() >= this.leaveAt) await this.#connect();
      return await within(SILENCE_MS, request(this.client));
    } catch {
      this.client?.terminate();
      this.client = undefined;
      this.#next();
      await sleep(20);
      return undefined;
    }
  }

  /** One attempt: an answer as a socket gives it, or undefined. */
  async #once(bid) {
    if (this.node !== null) return this.#over((client) => client.bid(this.crowd.lot, undefined, bid));
    try {
      const { status, json } = await within(8000, this.stack.api.as(this.person.token).post(`/api/auctions/${this.crowd.lot}/bids`, { confirm: true, ...bid }));
      return status === 200 ? { ok: true, ...json } : { ok: false, error: json };
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error; // against the contract
      await sleep(50);
      return undefined;
    }
  }

  /** Sends the same bid until there is a verdict. UNAVAILABLE is one if it was the first answer: nothing was sent to the database. */
  async #insist(bid) {
    const since = Date.now();
    for (let attempt = 0; ; attempt++) {
      const answer = await this.#once(bid);
      if (answer?.ok || (answer && !['UNCERTAIN', 'UNAVAILABLE'].includes(answer.error.code))) return answer;
      if (answer?.error.code === 'UNAVAILABLE' && attempt === 0) return answer;
      if (Date.now() - since > INSIST_MS) throw new Error(`${this.person.name} had no verdict on ${bid.bidId} for ${INSIST_MS} ms, at last: ${JSON.stringify(answer)}`);
      if (answer) await sleep(50);
    }
  }

  /** Waits while the lot waits for somebody else. */
  async #wait(leads) {
    const { view, crowd } = this;
    if (this.node === null) {
      while (!crowd.stopped) {
        const auction = await this.stack.auction(crowd.lot).catch(() => null);
        if (auction?.status === 'active' && auction.leader !== this.person.paddle) return auction.minNextBid;
        await sleep(50);
      }
      return START_PRICE;
    }
    let looked = Date.now();
    while (!crowd.stopped && (view.status !== 'active' || (leads && view.leader === this.person.paddle) || view.place < this.answers.at(-1).answer.stateSeq)) {
      await sleep(10);
      if (this.client?.close || Date.now() >= this.leaveAt || Date.now() - looked > LOOK_MS) {
        await this.#over((client) => client.request('time:sync', { clientMs: Date.now() }));
        looked = Date.now();
      }
    }
    return view.minNextBid;
  }

  async run() {
    let price = START_PRICE;
    while (!this.crowd.stopped) {
      const bid = { bidId: randomUUID(), amount: price, ...(this.answers.length % 4 === 3 ? { maxAmount: price + MAXIMUM } : {}) };
      const answer = await this.#insist(bid);
      this.answers.push({ bidder: this.person, bid, answer });
      if (answer.ok) price = await this.#wait(true);
      else if (answer.error.minNextBid) price = answer.error.minNextBid;
      else if (answer.error.code === 'UNAVAILABLE') await sleep(100);
      else if (answer.error.code === 'AUCTION_ENDED') return;
      else price = await this.#wait(answer.error.code === 'ALREADY_LEADING');
    }
  }
}

export class Crowd {
  /** These people begin to bid at the lot: by turns over the nodes, the last `overRest` of them over REST. */
  static at(stack, lot, people, { overRest = 0 } = {}) {
    const crowd = new Crowd();
    Object.assign(crowd, { stack, lot, stopped: false });
    crowd.bidders = people.map((person, index) => new Bidder(crowd, person, index < people.length - overRest ? stack.nodes[index % stack.nodes.length] : null));
    crowd.running = crowd.bidders.map((bidder) => bidder.run().catch((error) => (crowd.stopped = true) && Promise.reject(error)));
    for (const running of crowd.running) running.catch(() => {});
    return crowd;
  }
  /** Waits for so many more bids. */
  async more(count, seconds = 60) {
    const bids = async () => this.stopped || (await this.stack.auction(this.lot)).bidCount;
    const start = await until('the lot', bids);
    await until(`${count} more bids`, async () => this.stopped || (await bids()) >= start + count, seconds);
  }
  get answers() {
    return this.bidders.flatMap(({ answers }) => answers);
  }
  /** How often they heard this event of the connection, over all of them. */
  told(event) {
    return this.bidders.flatMap(({ view }) => view.told).filter((one) => one.event === event);
  }
  /** Ends the bidding; all wait for the verdicts on their last bids. */
  async stop() {
    this.stopped = true;
    await Promise.allSettled(this.running);
    await Promise.all(this.running);
  }

  /** Ends the bidding and holds everything that anybody was told against the ledger. `outages`: [from, to], in which nothing could be
   *  decided. Gives the number of bids accepted. */
  async check({ outages = [] } = {}) {
    await this.stop();
    const { stack, lot } = this;
    const events = await stack.ledger(lot);
    const rows = JSON.parse(stack.database.sql(`SELECT coalesce(json_agg(row_to_json(b)), '[]') FROM (SELECT user_id, bid_id, verdict, seq, amount, to_ms(received_at) AS received FROM bids WHERE auction_id = ${lot}) AS b`));
    const grace = Number(stack.database.sql(`SELECT close_grace_ms FROM auctions WHERE id = ${lot}`));
    verifyChain(lot, events);
    const states = statesOf(events);
    assert.equal(states.at(-1).price, (await stack.auction(lot)).price);
    checkLedger(events, states, rows, { grace, outages });
    checkAnswers(this.answers, events, states, rows);
    for (const { view, person } of this.bidders) {
      assert.deepEqual(view.faults, []);
      for (const { seq, leading, price } of view.claims) {
        assert.equal(states[seq].leader === person.paddle, leading, `${person.name} was told of ${seq} that leading is ${leading}`);
        if (price !== undefined) assert.equal(states[seq].price, price);
      }
    }
    assert.equal(stack.database.sql('SELECT count(*) FROM exposure_faults'), '0');
    return this.answers.filter(({ answer }) => answer.ok).length;
  }
}

/** What must be true of any ledger: nothing counts that came too late, nothing was closed too early or in the dark. */
function checkLedger(events, states, rows, { grace, outages }) {
  const received = new Map(rows.filter(({ seq }) => seq !== null).map((row) => [row.seq, row.received]));
  for (const event of events) {
    const before = states[event.seq - 1];
    if (event.type === 'bid') {
      assert.equal(before.status, 'active');
      assert.ok((received.get(event.seq) ?? event.atMs) < before.endsAtMs, `bid ${event.seq} was received at or after the end`);
    }
    if ((event.type === 'sold' || event.type === 'passed') && event.reason === undefined) {
      assert.ok(event.atMs >= before.endsAtMs + grace, 'closed before the end of the grace');
      for (const [from, to] of outages) assert.ok(event.atMs < from || event.atMs > to, 'closed during an outage');
    }
  }
}

/** What the bidders were told is so, and nothing else is. They all waited for their verdicts. */
function checkAnswers(answers, events, states, rows) {
  const stored = new Map(rows.map((row) => [`${row.user_id}:${row.bid_id}`, row]));
  const key = ({ bidder, bid }) => `${bidder.id}:${bid.bidId}`;
  const accepted = answers.filter(({ answer }) => answer.ok);
  const leaders = new Map();
  assert.equal(new Set(accepted.map(({ answer }) => answer.seq)).size, accepted.length, 'every acknowledged bid has a seq of its own');
  for (const one of accepted) {
    const { bidder, bid, answer } = one;
    const event = events[answer.seq - 1];
    assert.deepEqual([event.type, event.amount, event.paddle, event.auto], ['bid', bid.amount, bidder.paddle, false]);
    const row = stored.get(key(one));
    assert.deepEqual([row.verdict, row.seq, row.received], ['accepted', answer.seq, answer.receivedAtMs]);
    const state = states[answer.stateSeq];
    assert.ok(answer.stateSeq >= answer.seq);
    assert.equal(state.price, answer.price, 'the answer is true of the state it names');
    assert.equal(state.leader === bidder.paddle, answer.leading);
    if (!answer.leading) continue;
    assert.equal(leaders.get(answer.stateSeq) ?? bidder.paddle, bidder.paddle, 'two were told that they lead');
    leaders.set(answer.stateSeq, bidder.paddle);
  }
  for (const one of answers) {
    if (!one.answer.ok) assert.notEqual(stored.get(key(one))?.verdict, 'accepted', `${one.bid.bidId} was refused with ${one.answer.error.code}`);
  }
  assert.equal(rows.filter(({ verdict }) => verdict === 'accepted').length, accepted.length, 'every accepted bid was acknowledged');
  assert.equal(events.filter(({ type, auto }) => type === 'bid' && !auto).length, accepted.length);
}
