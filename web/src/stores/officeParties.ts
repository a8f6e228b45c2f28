// Consignors and whoever else the office deals with about horses.
import { defineStore } from 'pinia';
import { api, take, takeTagged, type Schemas } from '@/api/client';

export type Party = Schemas['Party'];
export type PartyBody = Schemas['PartyBody'];

const FOUND = 50;

export const useOfficeParties = defineStore('officeParties', () => {
  const path = (id: number) => ({ path: { id } });
  const find = async (text: string) => (await take(api.GET('/api/parties', { params: { query: { limit: FOUND, ...(text && { q: text }) } } }))).items;
  const read = (id: number) => takeTagged(api.GET('/api/parties/{id}', { params: path(id) }));
  const create = (body: PartyBody) => takeTagged(api.POST('/api/parties', { body: body as PartyBody & { name: string } }));
  const update = (id: number, body: PartyBody, etag: string) => takeTagged(api.PATCH('/api/parties/{id}', { params: { ...path(id), header: { 'If-Match': etag } }, body }));

  return { find, read, create, update };
});
