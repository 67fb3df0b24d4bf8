/** The throttle of a short run, on the clock of a test. */
import { createPaces } from '../../src/partner-center/pacing/paces.js';
import {
  createThrottle,
  type Throttle,
  type ThrottlePorts,
} from '../../src/partner-center/pacing/throttle.js';

export const throttleOn = (clock: Omit<ThrottlePorts, 'paces'>): Throttle =>
  createThrottle({ ...clock, paces: createPaces({ concurrency: 100, expected: 400, shards: 1 }) });
