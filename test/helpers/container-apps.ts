/**
 * An Azure Container Apps job as `az containerapp job create --yaml` takes it: what the reference of
 * Microsoft.App/jobs (API version 2024-03-01) has of it, as far as a job with a manual or a scheduled
 * trigger can use it. Kept by hand: the package that has these types is fifteen megabytes.
 */
export interface ContainerAppsJob {
  readonly location: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly identity?: {
    readonly type: 'None' | 'SystemAssigned' | 'UserAssigned' | 'SystemAssigned,UserAssigned';
    readonly userAssignedIdentities?: Readonly<Record<string, Readonly<Record<string, never>>>>;
  };
  readonly properties: {
    readonly environmentId: string;
    readonly workloadProfileName?: string;
    readonly configuration: JobConfiguration;
    readonly template: JobTemplate;
  };
}

interface Trigger {
  readonly parallelism?: number;
  readonly replicaCompletionCount?: number;
}

interface JobConfiguration {
  readonly triggerType: 'Manual' | 'Schedule' | 'Event';
  /** In seconds. */
  readonly replicaTimeout: number;
  readonly replicaRetryLimit?: number;
  readonly manualTriggerConfig?: Trigger;
  readonly scheduleTriggerConfig?: Trigger & { readonly cronExpression: string };
  readonly registries?: readonly {
    readonly server: string;
    readonly identity?: string;
    readonly username?: string;
    readonly passwordSecretRef?: string;
  }[];
  readonly secrets?: readonly (
    | { readonly name: string; readonly value: string }
    | { readonly name: string; readonly keyVaultUrl: string; readonly identity: string }
  )[];
}

interface JobTemplate {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes?: readonly {
    readonly name: string;
    readonly storageType: 'AzureFile' | 'EmptyDir' | 'NfsAzureFile' | 'Secret';
    readonly storageName?: string;
    readonly mountOptions?: string;
  }[];
}

interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly (
    | { readonly name: string; readonly value: string }
    | { readonly name: string; readonly secretRef: string }
  )[];
  readonly resources?: { readonly cpu: number; readonly memory: string };
  readonly volumeMounts?: readonly {
    readonly volumeName: string;
    readonly mountPath: string;
    readonly subPath?: string;
  }[];
}
