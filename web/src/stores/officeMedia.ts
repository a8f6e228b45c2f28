// The media of the horse that is open: those that are there, and files on their way, one after the other.
import { defineStore } from 'pinia';
import { reactive, shallowRef } from 'vue';
import { api, take, takeTagged, type Schemas } from '@/api/client';
import { upload } from '@/api/upload';
import type { MediaKind } from '@/live/horseForm';

export type Medium = Schemas['Medium'];

export interface Sending {
  key: number;
  file: File;
  kind: MediaKind;
  /** 0 to 1. */
  share: number;
  error: unknown;
  cancel: () => void;
}

export const useOfficeMedia = defineStore('officeMedia', () => {
  const horseId = shallowRef(0);
  const media = shallowRef<readonly Medium[] | null>(null);
  const sending = reactive<Sending[]>([]);
  let keys = 0;
  let queue = Promise.resolve();
  const path = (id: number) => ({ path: { id } });

  async function load(id: number): Promise<void> {
    if (horseId.value !== id) media.value = null;
    horseId.value = id;
    const { items } = await take(api.GET('/api/horses/{id}/media', { params: path(id) }));
    if (horseId.value === id) media.value = items;
  }

  async function send(entry: Sending, horse: number): Promise<void> {
    if (!sending.includes(entry)) return;
    const sent = upload<Medium>({ path: `/api/horses/${horse}/media?kind=${entry.kind}`, type: entry.file.type || 'application/octet-stream', file: entry.file, progress: (share) => (entry.share = share) });
    entry.cancel = () => {
      sent.cancel();
      drop(entry);
    };
    try {
      const medium = await sent.done;
      if (horseId.value === horse) media.value = [...(media.value ?? []), medium];
      drop(entry);
    } catch (error) {
      entry.error = error;
    }
  }

  function drop(entry: Sending): void {
    const at = sending.indexOf(entry);
    if (at >= 0) sending.splice(at, 1);
  }

  function enqueue(entry: Sending): void {
    const horse = horseId.value;
    entry.error = null;
    entry.share = 0;
    entry.cancel = () => drop(entry);
    queue = queue.then(() => send(entry, horse));
  }

  function add(file: File, kind: MediaKind): void {
    sending.push({ key: ++keys, file, kind, share: 0, error: null, cancel: () => undefined });
    enqueue(sending[sending.length - 1] as Sending);
  }

  async function link(address: string, caption: string): Promise<void> {
    const medium = await take(api.POST('/api/horses/{id}/media/links', { params: path(horseId.value), body: { link: address, ...(caption && { caption }) } }));
    media.value = [...(media.value ?? []), medium];
  }

  /** On the state that is there now: one member of one medium is nobody's text. */
  async function change(id: number, body: { caption?: string; private?: boolean }): Promise<void> {
    const { etag } = await takeTagged(api.GET('/api/media/{id}', { params: path(id) }));
    const changed = await take(api.PATCH('/api/media/{id}', { params: { ...path(id), header: { 'If-Match': etag } }, body }));
    media.value = media.value?.map((medium) => (medium.id === id ? changed : medium)) ?? null;
  }

  async function remove(id: number): Promise<void> {
    const { etag } = await takeTagged(api.GET('/api/media/{id}', { params: path(id) }));
    await take(api.DELETE('/api/media/{id}', { params: { ...path(id), header: { 'If-Match': etag } } }));
    media.value = media.value?.filter((medium) => medium.id !== id) ?? null;
  }

  /** As it shall be, shown at once; as the server has it where it would not. */
  async function order(wished: readonly Medium[]): Promise<void> {
    const horse = horseId.value;
    media.value = wished;
    try {
      const { items } = await take(api.PUT('/api/horses/{id}/media/order', { params: path(horse), body: { ids: wished.map(({ id }) => id) } }));
      if (horseId.value === horse) media.value = items;
    } catch (error) {
      await load(horse).catch(() => undefined);
      throw error;
    }
  }

  /** A private file is opened by a link for oneself. */
  const address = async (medium: Medium) => medium.url ?? (await take(api.POST('/api/media/{id}/link', { params: path(medium.id) }))).url;

  return { horseId, media, sending, load, add, again: enqueue, link, change, remove, order, address };
});
