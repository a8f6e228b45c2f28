// What an import needs to be told and to tell: the columns of its file, a file to begin with, and the faults of one, put together so
// that a column that is wrong throughout is seen at a glance. Pure.
import type { Schemas } from '@/api/client';

export type ImportReport = Schemas['ImportReport'];
export type Fault = ImportReport['faults'][number];

export interface Column {
  name: string;
  required: boolean;
  /** What stands in the file to begin with. */
  example: string;
}

export const COLUMNS: readonly Column[] = [
  { name: 'lot_number', required: true, example: '1' },
  { name: 'name_ja', required: false, example: '' },
  { name: 'name_en', required: false, example: '' },
  { name: 'sex', required: true, example: '牡' },
  { name: 'coat_colour', required: true, example: '鹿毛' },
  { name: 'foaled_on', required: true, example: '2025-03-09' },
  { name: 'sire_ja', required: true, example: 'サイノチチ' },
  { name: 'sire_en', required: false, example: 'Sai no Chichi' },
  { name: 'dam_ja', required: true, example: 'ハナノハハ' },
  { name: 'dam_en', required: false, example: 'Hana no Haha' },
  { name: 'damsire_ja', required: false, example: 'ヤマノチチ' },
  { name: 'damsire_en', required: false, example: '' },
  { name: 'breeder', required: false, example: '山田牧場' },
  { name: 'consignor', required: false, example: '山田牧場' },
  { name: 'disclosures', required: false, example: '' },
  { name: 'notes', required: false, example: '' },
  { name: 'start_price', required: true, example: '5000000' },
  { name: 'reserve', required: false, example: '6000000' },
];

const BOM = '\ufeff';
const cell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text);

/** As spreadsheets here open it: by RFC 4180, with a byte order mark. A cell that one would take for a formula has an apostrophe before it. */
export function csv(rows: readonly (readonly string[])[]): string {
  return BOM + rows.map((row) => row.map((text) => cell(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text)).join(',') + '\r\n').join('');
}

export const template = (): string => csv([COLUMNS.map(({ name }) => name), COLUMNS.map(({ example }) => example)]);

export interface FaultGroup {
  column: string;
  message: string;
  count: number;
  /** The line of the first. */
  line: number;
}

/** The faults by column and what is wrong, the most frequent first. */
export function groupFaults(faults: readonly Fault[]): FaultGroup[] {
  const groups = new Map<string, FaultGroup>();
  for (const { line, column, message } of faults) {
    const key = `${column}\n${message}`;
    const group = groups.get(key);
    if (group) group.count++;
    else groups.set(key, { column, message, count: 1, line });
  }
  return [...groups.values()].sort((a, b) => b.count - a.count || a.line - b.line);
}

/** Lines of the file with at least one fault; a fault of the file as a whole is none of a line. */
export const faultyLines = (faults: readonly Fault[]): number => new Set(faults.map(({ line }) => line).filter((line) => line > 0)).size;

export const IMPORT_BYTES = 64 * 1024 * 1024;

/** Why a file cannot even be tried; null: it can. */
export function refuseFile({ name, size }: { name: string; size: number }): 'empty' | 'large' | 'kind' | null {
  if (size === 0) return 'empty';
  if (size > IMPORT_BYTES) return 'large';
  return /\.(csv|txt)$/i.test(name) ? null : 'kind';
}
