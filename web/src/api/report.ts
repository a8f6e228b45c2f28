// Reports as files: asked for with the session's token, which a plain link would not bring along, and handed over to be kept.
import { api, take } from './client';
import { saveFile } from '@/live/saveFile';

export type ReportFormat = 'csv' | 'csv-sjis' | 'html-ja' | 'html-en';

const QUERY = {
  csv: { format: 'csv', charset: 'utf-8' },
  'csv-sjis': { format: 'csv', charset: 'shift_jis' },
  'html-ja': { format: 'html' },
  'html-en': { format: 'html' },
} as const;

/** Where a report is, and what else is asked of it. */
export type ReportPlace =
  | { path: '/api/reports/sales/{id}' | '/api/reports/sales/{id}/bidders' | '/api/reports/auctions/{id}'; id: number; query?: object }
  | { path: '/api/reports/audit'; query?: object };

const nameOf = (header: string | null) => /filename="([^"]+)"/.exec(header ?? '')?.[1];

export async function saveReport(place: ReportPlace, format: ReportFormat, fallback: string): Promise<void> {
  const headers = format === 'html-ja' ? { 'Accept-Language': 'ja' } : format === 'html-en' ? { 'Accept-Language': 'en' } : {};
  const query = { ...place.query, ...QUERY[format] };
  const common = { headers, parseAs: 'blob' } as const;
  const answer = await (place.path === '/api/reports/audit'
    ? api.GET(place.path, { ...common, params: { query } })
    : api.GET(place.path, { ...common, params: { path: { id: place.id }, query } }));
  const content = await take(Promise.resolve(answer));
  saveFile(content as unknown as Blob, nameOf(answer.response.headers.get('Content-Disposition')) ?? fallback);
}
