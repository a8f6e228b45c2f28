// Certificates for a test's own servers, made by openssl: each signed by itself, so each is its own authority.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Good for 127.0.0.1 and two days, in `folder`: its files, itself as a text, and the settings that name it. */
export function makeCertificate(folder, name) {
  const [certificate, key] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', `/CN=${name}`, '-days', '2',
    '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', certificate], { stdio: 'pipe' });
  return { name, certificate, key, ca: readFileSync(certificate, 'utf8'), env: { TLS_CERT_FILE: certificate, TLS_KEY_FILE: key } };
}
