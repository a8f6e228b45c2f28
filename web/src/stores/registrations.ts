// This person's registrations as a bidder, by sale: what was applied for and what became of it. A decision of the office is told live.
import { defineStore } from 'pinia';
import { reactive, watch } from 'vue';
import { ApiError, api, take, takeTagged, type Schemas } from '@/api/client';
import { useLive } from './live';
import { useSession } from './session';

export type Registration = Schemas['Registration'];
export type Application = Schemas['ApplicationBody'];

interface Known {
  /** null: there is none. */
  registration: Registration | null;
  etag: string;
}

export const useRegistrations = defineStore('registrations', () => {
  const session = useSession();
  const known = reactive(new Map<number, Known>());

  async function load(saleId: number): Promise<Registration | null> {
    try {
      const { data, etag } = await takeTagged(api.GET('/api/sales/{id}/registrations/me', { params: { path: { id: saleId } } }));
      known.set(saleId, { registration: data, etag });
      return data;
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'NOT_FOUND') throw error;
      known.set(saleId, { registration: null, etag: '' });
      return null;
    }
  }

  /** If-Match of what this person has seen: two tabs do not overwrite each other. */
  const match = (saleId: number) => {
    const etag = known.get(saleId)?.etag;
    return etag ? { header: { 'If-Match': etag } } : {};
  };

  async function apply(saleId: number, body: Application): Promise<void> {
    const { data, etag } = await takeTagged(api.PUT('/api/sales/{id}/registrations/me', { params: { path: { id: saleId }, ...match(saleId) }, body }));
    known.set(saleId, { registration: data, etag });
  }

  async function withdraw(saleId: number): Promise<void> {
    await take(api.DELETE('/api/sales/{id}/registrations/me', { params: { path: { id: saleId }, ...match(saleId) } }));
    await load(saleId);
  }

  useLive().connection.on('notification', ({ kind, data }) => {
    if (kind === 'registration' && typeof data.saleId === 'number' && known.has(data.saleId)) void load(data.saleId).catch(() => undefined);
  });
  watch(
    () => session.user?.id,
    () => known.clear(),
  );

  return { known, load, apply, withdraw };
});
