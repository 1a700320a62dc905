import { beforeEach, inject } from 'vitest';

const { available, why } = inject('docker');

beforeEach((context) => {
  context.skip(!available, why);
});
