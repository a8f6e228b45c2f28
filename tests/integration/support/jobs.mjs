// Jobs as tests order and await them.
import { until } from './processes.mjs';

export const literal = (text) => `'${text.replaceAll("'", "''")}'`;
export const order = (stack, user, template, data = {}) => stack.database.sql(`SELECT mail_add(${user.id}, ${literal(template)}, ${literal(JSON.stringify(data))})`);
export const job = (stack, where = 'true') => {
  const row = stack.database.sql(`SELECT row_to_json(j) FROM jobs j WHERE ${where} ORDER BY id DESC LIMIT 1`);
  return row ? JSON.parse(row) : undefined;
};
export const ended = (stack, state) => until(`the last job to be ${state}`, () => (job(stack)?.state === state ? job(stack) : undefined));
export const FAST = { JOB_BACKOFF_MS: '20', JOB_WORKERS: '2' };
