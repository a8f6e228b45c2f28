// A small S3: keeps objects in memory and takes nothing whose presigned URL it does not find right by its own reckoning (Signature
// Version 4, by node's crypto).
import { createHash, createHmac } from 'node:crypto';
import { createServer } from 'node:http';

const hmac = (key, text) => createHmac('sha256', key).update(text).digest();
const encode = (text) => encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

export class FakeS3 {
  constructor({ bucket, region, accessKey, secretKey }) {
    Object.assign(this, { bucket, region, accessKey, secretKey });
    this.objects = new Map(); // key → {body, type}
    this.refused = []; // why requests were refused
    this.server = createServer((request, response) => this.#serve(request, response));
  }
  async start() {
    await new Promise((done) => this.server.listen(0, '127.0.0.1', done));
    this.endpoint = `http://127.0.0.1:${this.server.address().port}`;
    return this;
  }
  stop() {
    this.server.closeAllConnections?.();
    return new Promise((done) => this.server.close(done));
  }

  /** Undefined when the signature is right, else what is wrong. */
  #fault(request, url) {
    const query = url.searchParams;
    const time = query.get('X-Amz-Date') ?? '';
    const scope = `${time.slice(0, 8)}/${this.region}/s3/aws4_request`;
    if (query.get('X-Amz-Algorithm') !== 'AWS4-HMAC-SHA256' || query.get('X-Amz-Credential') !== `${this.accessKey}/${scope}` || query.get('X-Amz-SignedHeaders') !== 'host') return 'form';
    const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(time) ?? [];
    const age = (Date.now() - Date.UTC(y, mo - 1, d, h, mi, s)) / 1000;
    if (!(age > -60 && age < Number(query.get('X-Amz-Expires')))) return 'expired';
    const members = [...query].filter(([name]) => name !== 'X-Amz-Signature').map(([name, value]) => `${encode(name)}=${encode(value)}`).sort();
    const path = url.pathname.split('/').map((part) => encode(decodeURIComponent(part))).join('/');
    const canonical = [request.method, path, members.join('&'), `host:${request.headers.host}\n`, 'host', 'UNSIGNED-PAYLOAD'].join('\n');
    const digest = createHash('sha256').update(canonical).digest('hex');
    const key = ['s3', 'aws4_request'].reduce(hmac, hmac(hmac(`AWS4${this.secretKey}`, time.slice(0, 8)), this.region));
    const right = createHmac('sha256', key).update(['AWS4-HMAC-SHA256', time, scope, digest].join('\n')).digest('hex');
    return query.get('X-Amz-Signature') === right ? undefined : 'signature';
  }

  async #serve(request, response) {
    const url = new URL(request.url, this.endpoint);
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const fault = url.pathname.startsWith(`/${this.bucket}/`) ? this.#fault(request, url) : 'bucket';
    if (fault) {
      this.refused.push(`${request.method} ${fault}`);
      response.writeHead(403).end('<Error/>');
      return;
    }
    const key = url.pathname.slice(this.bucket.length + 2);
    if (request.method === 'PUT') {
      this.objects.set(key, { body: Buffer.concat(pieces), type: request.headers['content-type'] });
      response.writeHead(200).end();
    } else if (request.method === 'DELETE') {
      response.writeHead(this.objects.delete(key) ? 204 : 404).end();
    } else if (this.objects.has(key)) {
      const { body, type } = this.objects.get(key);
      response.writeHead(200, { 'content-type': url.searchParams.get('response-content-type') ?? type, 'content-disposition': url.searchParams.get('response-content-disposition') ?? '' }).end(body);
    } else {
      response.writeHead(404).end();
    }
  }
}
