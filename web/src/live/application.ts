// An application to bid, as its form holds it. Pure.
import type { Schemas } from '@/api/client';

export interface ApplicationWish {
  ownerCategory: Schemas['OwnerCategory'];
  ownerNumber: string;
  agent: boolean;
  principal: string;
  invoiceName: string;
  invoiceAddress: string;
  /** undefined: what was typed is not an amount. */
  requestedLimit: number | null | undefined;
}

/** Owners registered in Japan have a number. */
export const needsNumber = (category: Schemas['OwnerCategory']): boolean => category === 'jra' || category === 'nar' || category === 'jra_nar';

/** What was said before, to be changed; declarations are made anew each time. */
export function blankApplication(before: Schemas['Registration'] | null): ApplicationWish {
  return {
    ownerCategory: before?.ownerCategory ?? 'none',
    ownerNumber: before?.ownerNumber ?? '',
    agent: Boolean(before?.principal),
    principal: before?.principal ?? '',
    invoiceName: before?.invoiceName ?? '',
    invoiceAddress: before?.invoiceAddress ?? '',
    requestedLimit: before?.requestedLimit ?? null,
  };
}
