import { isTenantId } from './tenant-id.js';

/** The resource that a request names. */
export type Route =
  | { readonly name: 'billing'; readonly tenantId: string }
  | { readonly name: 'customer'; readonly tenantId: string }
  | { readonly name: 'customers'; readonly query: string }
  | { readonly name: 'rules'; readonly country: string }
  | { readonly name: 'address' }
  | { readonly name: 'not-a-guid' }
  | { readonly name: 'other' };

/** Path by path, without regular expressions: this runs for every request of a benchmark. */
export function parseRoute(url: string): Route {
  const mark = url.indexOf('?');
  const path = mark === -1 ? url : url.slice(0, mark);
  const [root, version, resource, id, part, detail, ...rest] = path.split('/');
  if (root !== '' || version !== 'v1' || rest.length > 0) return { name: 'other' };

  if (resource === 'countryvalidationrules' && id !== undefined && part === undefined) {
    return { name: 'rules', country: id.toUpperCase() };
  }
  if (resource === 'validations' && id === 'address' && part === undefined) {
    return { name: 'address' };
  }
  if (resource !== 'customers') return { name: 'other' };
  if (id === undefined) {
    return { name: 'customers', query: mark === -1 ? '' : url.slice(mark + 1) };
  }
  const name = customerResource(part, detail);
  if (name === undefined) return { name: 'other' };
  return isTenantId(id) ? { name, tenantId: id.toLowerCase() } : { name: 'not-a-guid' };
}

function customerResource(part?: string, detail?: string): 'billing' | 'customer' | undefined {
  if (part === undefined) return 'customer';
  return part === 'profiles' && detail === 'billing' ? 'billing' : undefined;
}

export function routeTenant(route: Route): string | undefined {
  return 'tenantId' in route ? route.tenantId : undefined;
}
