// The office: one frame with its own navigation, inside which each part of it has its pages and keeps its own list of them.
import type { RouteRecordRaw } from 'vue-router';
import { officeHorseRoutes } from './horses/routes';
import { officeNodeRoutes } from './nodes/routes';
import { officePartyRoutes } from './parties/routes';
import { officePeopleRoutes } from './people/routes';
import { officeRecordRoutes } from './records/routes';
import { officeSaleRoutes } from './sales/routes';

export const officeRoutes: RouteRecordRaw[] = [
  {
    path: '/office',
    component: () => import('./OfficeFrame.vue'),
    meta: { who: 'office' },
    children: [{ path: '', name: 'office', redirect: { name: 'office-sales' } }, ...officeSaleRoutes, ...officeHorseRoutes, ...officePartyRoutes, ...officePeopleRoutes, ...officeRecordRoutes, ...officeNodeRoutes],
  },
];
