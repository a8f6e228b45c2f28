import type { RouteRecordRaw } from 'vue-router';

// /confirm and /reset are where letters lead.
export const accountRoutes: RouteRecordRaw[] = [
  { path: '/login', name: 'login', component: () => import('./LoginPage.vue'), meta: { texts: ['account'], title: 'account.login.title' } },
  { path: '/register', name: 'register', component: () => import('./RegisterPage.vue'), meta: { texts: ['account'], title: 'account.register.title' } },
  { path: '/forgotten', name: 'forgotten', component: () => import('./ForgottenPage.vue'), meta: { texts: ['account'], title: 'account.forgotten.title' } },
  { path: '/confirm', name: 'confirm', component: () => import('./ConfirmPage.vue'), meta: { texts: ['account'], title: 'account.confirm.title' } },
  { path: '/reset', name: 'reset', component: () => import('./ResetPage.vue'), meta: { texts: ['account'], title: 'account.reset.title' } },
  { path: '/account', name: 'account', component: () => import('./AccountPage.vue'), meta: { texts: ['account', 'notifications'], title: 'account.title', who: 'user' } },
  { path: '/notifications', name: 'notifications', component: () => import('./NotificationsPage.vue'), meta: { texts: ['notifications'], title: 'notifications.title', who: 'user' } },
  {
    path: '/sales/:id(\\d+)/registration',
    name: 'registration',
    component: () => import('./RegistrationPage.vue'),
    props: ({ params }) => ({ id: Number(params.id) }),
    meta: { texts: ['account'], title: 'account.registration.title', who: 'user' },
  },
];
