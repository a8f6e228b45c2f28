// What the office does to the lots of a sale. The lots themselves are the catalogue's, which a page of the office follows as well: what is
// changed here is put there at once, what others do is told live.
import { defineStore } from 'pinia';
import { api, take, takeTagged, type Schemas } from '@/api/client';
import type { Tagged } from '@/composables/useEdit';
import type { Renumbering } from '@/live/lotOrder';
import { useCatalogue, type CatalogueLot } from './catalogue';

export type Lot = CatalogueLot;
export type LotBody = Schemas['AuctionBody'];
type NewLot = LotBody & { saleId: number; horseId: number; lotNumber: number; startPrice: number };

export const useOfficeLots = defineStore('officeLots', () => {
  const catalogue = useCatalogue();
  const path = (id: number) => ({ path: { id } });

  function kept(answer: Tagged<Lot>): Tagged<Lot> {
    catalogue.put(answer.data);
    return answer;
  }

  const read = async (id: number) => kept(await takeTagged(api.GET('/api/auctions/{id}', { params: path(id) })));
  const create = async (body: NewLot) => kept(await takeTagged(api.POST('/api/auctions', { body })));
  const update = async (id: number, body: LotBody, etag: string) => kept(await takeTagged(api.PATCH('/api/auctions/{id}', { params: { ...path(id), header: { 'If-Match': etag } }, body })));

  /** A draft; of many at once whatever state it is in. */
  async function remove(id: number, etag = '*'): Promise<void> {
    await take(api.DELETE('/api/auctions/{id}', { params: { ...path(id), header: { 'If-Match': etag } } }));
    catalogue.drop(id);
  }

  /** The same `commandId` again is answered as the first time. */
  async function schedule(id: number, commandId: string, startsAt: string | null): Promise<void> {
    const { auction } = await take(api.POST('/api/auctions/{id}/schedule', { params: path(id), body: { commandId, ...(startsAt && { startsAt }) } }));
    catalogue.learn([auction]);
  }

  /** Request after request; where one is refused those before it stand, and the lots are as the server has them. */
  async function order(saleId: number, requests: readonly Renumbering[][]): Promise<void> {
    try {
      for (const lots of requests) {
        await take(api.POST('/api/sales/{id}/lots/order', { params: path(saleId), body: { lots } }));
        catalogue.renumber(lots);
      }
    } catch (error) {
      await catalogue.open(saleId).catch(() => undefined);
      throw error;
    }
  }

  /** The catalogue as a file that an import takes. */
  async function exported(saleId: number): Promise<Blob> {
    return (await take(api.GET('/api/sales/{id}/lots', { params: path(saleId), parseAs: 'blob' }))) as unknown as Blob;
  }

  return { read, create, update, remove, schedule, order, exported };
});
