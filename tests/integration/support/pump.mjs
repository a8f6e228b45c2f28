// Two bidders who outbid each other: what fills rooms.
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
  /** Bids on until `condition` holds. */
  async until(what, condition, seconds = 40) {
    for (const deadline = Date.now() + seconds * 1000; !(await condition()); await this.bid(20))
      if (Date.now() > deadline) throw new Error(`bid for ${seconds} s in vain for ${what}`);
  }
}
