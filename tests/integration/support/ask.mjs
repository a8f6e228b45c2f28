// GET at a realtime node, in clear or, at one that has a certificate (`node.ca`), over TLS.
import http from 'node:http';
import https from 'node:https';

/** Options of a request to the node, and the module that makes it. */
export const wayTo = (node) => ({ module: node.ca ? https : http, to: { host: '127.0.0.1', port: node.port, ca: node.ca, agent: false } });

export function ask(node, path) {
  const { module, to } = wayTo(node);
  return new Promise((done, fail) => {
    const request = module.get({ ...to, path }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece) => (text += piece));
      response.on('end', () => done({ status: response.statusCode, headers: response.headers, text }));
      response.on('error', fail);
    });
    request.on('error', fail);
  });
}
