// The office's reports of one sale: its results and what its bidders did. Each is asked for when it is first looked at.
import { defineStore } from 'pinia';
import { shallowRef } from 'vue';
import { api, take, type Schemas } from '@/api/client';

/** They come as tables for programs and people too; this is what is asked for. */
const json = { Accept: 'application/json' };

export const useSaleReports = defineStore('saleReports', () => {
  const sale = shallowRef<Schemas['SaleReport'] | null>(null);
  const bidders = shallowRef<Schemas['BiddersReport'] | null>(null);
  let wanted = 0;

  async function open(id: number): Promise<void> {
    if (wanted !== id) {
      sale.value = null;
      bidders.value = null;
    }
    wanted = id;
    const report = (await take(api.GET('/api/reports/sales/{id}', { params: { path: { id } }, headers: json }))) as Schemas['SaleReport'];
    if (wanted === id) sale.value = report;
  }

  async function openBidders(id: number): Promise<void> {
    const report = (await take(api.GET('/api/reports/sales/{id}/bidders', { params: { path: { id } }, headers: json }))) as Schemas['BiddersReport'];
    if (wanted === id) bidders.value = report;
  }

  return { sale, bidders, open, openBidders };
});
