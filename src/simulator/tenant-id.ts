const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** 8-4-4-4-12 and no more: real tenant ids do not keep to the version bits of RFC 9562. */
export function isTenantId(text: string): boolean {
  return GUID.test(text);
}
