// A party as it is entered: its name and what its invoices need.
import type { Party } from '@/stores/officeParties';

export type PartyForm = Pick<Party, 'name' | 'postalAddress' | 'phone' | 'invoiceNumber'>;

export const PARTY_FIELDS = ['name', 'postalAddress', 'phone', 'invoiceNumber'] as const;

export const partyForm = ({ name, postalAddress, phone, invoiceNumber }: PartyForm): PartyForm => ({ name, postalAddress, phone, invoiceNumber });
export const blankParty = (name: string): PartyForm => ({ name, postalAddress: null, phone: null, invoiceNumber: null });
/** Of a new one, only what there is. */
export const partyBody = (form: PartyForm): Partial<PartyForm> => Object.fromEntries(Object.entries(form).filter(([, value]) => value !== null));
