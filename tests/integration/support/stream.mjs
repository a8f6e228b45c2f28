// A reader of server-sent events, as strict as the format: each event with its name, its data and the id that stands in it. All of them
// are held against realtime/asyncapi.yaml.
import { wayTo } from './ask.mjs';
import { until } from './processes.mjs';
import { StreamWitness, realtimeContract } from './realtime_contract.mjs';

export class Stream {
  /** Opens GET `path` at a node; `opened` gives the status once the answer's head is there. */
  constructor(node, path, { token, headers = {}, method = 'GET' } = {}) {
    this.events = []; // {event, data, id} in order; id undefined where none stands
    this.witness = new StreamWitness(realtimeContract);
    this.comments = 0;
    this.text = '';
    const { module, to } = wayTo(node);
    this.request = module.request({
      ...to, path, method,
      headers: { accept: 'text/event-stream', ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers },
    });
    this.opened = new Promise((done, fail) => {
      this.request.on('error', fail);
      this.request.on('response', (response) => {
        this.response = response;
        response.setEncoding('utf8');
        response.on('data', (text) => this.#read(text));
        response.on('error', () => {});
        this.ended = new Promise((end) => response.on('close', end));
        done(response.statusCode);
      });
    });
    this.opened.catch(() => {});
    this.request.end();
  }
  #read(text) {
    this.text += text;
    if (this.response.headers['content-type'] !== 'text/event-stream') return;
    for (let end; (end = this.text.indexOf('\n\n')) >= 0; this.text = this.text.slice(end + 2)) this.#take(this.text.slice(0, end));
  }
  #take(block) {
    if (block === ':') {
      this.comments++;
      return;
    }
    const fields = Object.fromEntries(block.split('\n').map((line) => /^(\w+): (.*)$/.exec(line).slice(1)));
    if (fields.retry) this.retry = Number(fields.retry);
    else {
      const event = { event: fields.event, data: JSON.parse(fields.data), ...(fields.id ? { id: Number(fields.id) } : {}) };
      this.events.push(event);
      this.witness.received(event);
    }
  }
  /** The data of the first event of this name (that fits), come already or to come. */
  async event(name, fits = () => true) {
    return (await until(`${name}`, () => this.events.find(({ event, data }) => event === name && fits(data)))).data;
  }
  all(name) {
    return this.events.filter(({ event }) => event === name);
  }
  /** Where a client of the format stands: the last id it was given. */
  get lastId() {
    return this.events.findLast(({ id }) => id !== undefined)?.id;
  }
  close() {
    this.request.destroy();
  }
}
