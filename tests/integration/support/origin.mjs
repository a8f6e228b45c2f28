// The one origin that people use: nginx as deploy/up configures it, before the REST process and the nodes of a stack.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Process, freePort, until } from './processes.mjs';

const TEMPLATE = fileURLToPath(new URL('../../../deploy/nginx/nginx.conf.in', import.meta.url));

export class Origin {
  /** `pages`: the folder of the pages that it serves, copied; without it there is one that is empty. */
  static async start(stack, { port, pages } = {}) {
    const origin = new Origin();
    origin.port = port ?? (await freePort());
    origin.url = `http://127.0.0.1:${origin.port}`;
    const place = (...names) => join(stack.folder.path, ...names);
    for (const name of ['nginx/tmp', 'nginx/html', 'log', 'tls']) mkdirSync(place(name), { recursive: true });
    if (pages) cpSync(pages, place('nginx/html'), { recursive: true });
    else writeFileSync(place('nginx/html/index.html'), '<!doctype html><title>Seri</title>');
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc', '-days', '2', '-subj', '/CN=localhost', '-keyout', place('tls/key.pem'), '-out', place('tls/cert.pem')], { stdio: 'ignore' });
    const servers = stack.nodes.map((node) => `server 127.0.0.1:${node.port} max_fails=1 fail_timeout=1s;`).join('\n');
    const media = stack.env.S3_ENDPOINT ? ` ${new URL(stack.env.S3_ENDPOINT).origin}` : '';
    const filled = { USER: process.getuid() === 0 ? 'user root;' : '', LISTEN: `listen 127.0.0.1:${origin.port};`, REST_PORT: `${stack.rest.port}`, REALTIME_SERVERS: servers, MEDIA_ORIGIN: media };
    writeFileSync(place('nginx/nginx.conf'), readFileSync(TEMPLATE, 'utf8').replace(/@(\w+)@/g, (_, name) => filled[name]));
    origin.stack = stack;
    await origin.begin();
    return origin;
  }
  /** Starts nginx, on the port and the pages that it has. */
  async begin() {
    const { path } = this.stack.folder;
    this.process = new Process('nginx', '/usr/sbin/nginx', ['-p', `${join(path, 'nginx')}/`, '-e', '../log/nginx.log', '-c', 'nginx.conf'], { folder: path });
    await until('nginx', async () => (await fetch(`${this.url}/ready`)).status === 200);
  }
  stop() {
    return this.process.stop();
  }
}
