// Two bidders who outbid each other: what fills rooms.
import { metric } from './metrics.mjs';
import { until } from './processes.mjs';

export class Pump {
  static async start(stack, lot, users, node) {
    const pump = new Pump();
    pump.lot = lot;
    pump.clients = [await stack.client(users[0], node), await stack.client(users[1], node)];
    pump.price = (await stack.auction(lot)).minNextBid;
    pump.bids = 0;
    return pump;
  }
  /** So many bids, each accepted before the next one is made. */
  async bid(count) {
    for (let i = 0; i < count; i++) {
      const answer = await this.clients[this.bids++ % 2].bid(this.lot, this.price);
      if (!answer.ok) throw new Error(`a bid was refused: ${JSON.stringify(answer)}`);
      this.price = answer.minNextBid;
      this.seq = answer.stateSeq;
    }
  }
  /** Leaves a watcher of the lot at `node` behind by more than a ring of so many bytes, and lets it read on. */
  async overtake(client, node, ringBytes) {
    client.socket.pause();
    const resyncs = await metric(node, 'seri_resyncs_total');
    await this.until('it to fall behind', async () => (await metric(node, 'seri_stuck_connections')) > 0);
    await this.bid(2 * Math.ceil(ringBytes / 300));
    client.socket.resume();
    await until('the resync', async () => (await metric(node, 'seri_resyncs_total')) > resyncs);
    await until('it to be looked at', async () => (await metric(node, 'seri_stuck_connections')) === 0);
  }
  /** Bids on until `condition` holds. */
  async until(what, condition, seconds = 40) {
    for (const deadline = Date.now() + seconds * 1000; !(await condition()); await this.bid(20))
      if (Date.now() > deadline) throw new Error(`bid for ${seconds} s in vain for ${what}`);
  }
}
