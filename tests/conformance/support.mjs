// The conformance server as a child, and sockets that send whatever bytes they are told to.
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { join } from 'node:path';
import { BUILD, Process, freePort, scratchFolder, until } from '../integration/support/processes.mjs';

export class Conformance {
  static async start(flags = {}) {
    const server = new Conformance();
    server.folder = scratchFolder();
    server.port = await freePort();
    const args = Object.entries({ port: server.port, ...flags }).flatMap(([name, value]) => [`--${name}`, `${value}`]);
    server.process = new Process('conformance', join(BUILD, 'seri-conformance'), args, { folder: server.folder.path });
    await until('the conformance server', () => server.process.exit || server.process.output.includes('listening'));
    if (server.process.exit) throw new Error(server.process.output);
    return server;
  }
  async stop() {
    await this.process.stop();
    this.folder.remove();
  }
}

/** A frame as a client sends it, or as it must not: `length` is what the head says, whatever the payload is. */
export function frame(opcode, payload = '', { fin = true, rsv = 0, mask = true, key = randomBytes(4), length } = {}) {
  const content = Buffer.from(payload);
  const size = length ?? content.length;
  const head = Buffer.alloc(size < 126 ? 2 : size < 65536 ? 4 : 10);
  head[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  head[1] = (mask ? 0x80 : 0) | (size < 126 ? size : size < 65536 ? 126 : 127);
  if (head.length === 4) head.writeUInt16BE(size, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(size), 2);
  if (!mask) return Buffer.concat([head, content]);
  const masked = Buffer.allocUnsafe(content.length);
  for (let i = 0; i < content.length; i++) masked[i] = content[i] ^ key[i & 3];
  return Buffer.concat([head, key, masked]);
}

export function close(code, reason = '') {
  const payload = Buffer.alloc(2);
  payload.writeUInt16BE(code);
  return frame(8, Buffer.concat([payload, Buffer.from(reason)]));
}

/** The frames in bytes of the server's. */
function read(bytes) {
  const frames = [];
  for (let at = 0; at < bytes.length;) {
    const short = bytes[at + 1] & 127;
    const size = short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
    const start = at + (short < 126 ? 2 : short === 126 ? 4 : 10);
    const shortest = short < 126 || (short === 126 ? size > 125 : size > 65535);
    frames.push({ fin: bytes[at] >= 0x80, rsv: (bytes[at] >> 4) & 7, opcode: bytes[at] & 15, masked: bytes[at + 1] >= 0x80, shortest, payload: bytes.subarray(start, start + size) });
    at = start + size;
  }
  return frames;
}

export class RawSocket {
  /** Connects and upgrades; `behind` goes in the same segment as the request. */
  static async open(port, path, behind = Buffer.alloc(0)) {
    const raw = new RawSocket();
    raw.socket = connect({ port, host: '127.0.0.1', allowHalfOpen: false });
    raw.socket.setNoDelay(true);
    const chunks = [];
    raw.socket.on('data', (chunk) => chunks.push(chunk));
    raw.socket.on('error', () => {});
    raw.ended = new Promise((done, fail) => {
      raw.socket.on('close', () => done(Buffer.concat(chunks)));
      raw.socket.setTimeout(20000, () => fail(new Error('the server neither answered nor closed')));
    });
    raw.ended.catch(() => raw.socket.destroy());
    const head = `GET ${path} HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`;
    raw.socket.write(Buffer.concat([Buffer.from(head), behind]));
    await until('the upgrade', () => Buffer.concat(chunks).includes('\r\n\r\n'));
    if (!Buffer.concat(chunks).toString('latin1').startsWith('HTTP/1.1 101')) throw new Error(Buffer.concat(chunks).toString('latin1'));
    return raw;
  }
  write(bytes) {
    this.socket.write(bytes);
  }
  /** All frames of the server's by the end of the connection. */
  async rest() {
    const bytes = await this.ended;
    return read(bytes.subarray(bytes.indexOf('\r\n\r\n') + 4));
  }
  /** The head of the answer to a request. */
  static head(port, request) {
    return new Promise((done, fail) => {
      const socket = connect(port, '127.0.0.1');
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk.toString('latin1');
        if (!text.includes('\r\n\r\n')) return;
        socket.destroy();
        done(text.slice(0, text.indexOf('\r\n\r\n') + 4));
      });
      socket.on('error', fail);
      socket.setTimeout(10000, () => fail(new Error('no answer')));
      socket.write(request);
    });
  }
}
