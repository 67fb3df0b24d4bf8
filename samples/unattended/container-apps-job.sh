#!/bin/sh
# An Azure Container Apps job that is started by hand or on a schedule. The image holds billpatch and
# monthly.sh; /data is an Azure Files share, so that a run survives its container.
# --replica-retry-limit 0: exit codes 1 and 2 stay what they are if they are tried again.
set -eu
az containerapp job create \
  --name billpatch --resource-group billing --environment billing \
  --trigger-type Schedule --cron-expression '30 7 1 * *' \
  --replica-timeout 14400 --replica-retry-limit 0 --parallelism 1 \
  --image registry.partner.example/billpatch:0.1.0 \
  --secrets client-secret=keyvaultref:https://billing.vault.azure.net/secrets/billpatch,identityref:system \
  --env-vars AZURE_TENANT_ID=11111111-2222-4333-8444-555555555555 \
             AZURE_CLIENT_ID=aaaaaaaa-2222-4333-8444-555555555555 \
             AZURE_CLIENT_SECRET=secretref:client-secret \
  --command /opt/billpatch/monthly.sh --args /data/month.csv /data/month.run
