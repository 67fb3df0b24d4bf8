# Windows: at 07:30 every day, as the user who signed in with `billpatch login` (the key is in the
# Windows Credential Manager of that user). Run this once, in that user's PowerShell.
# A day without a new file does nothing: the run folder of the month is there, and done.
$command = 'if (Test-Path C:\billing\month.run\run.json) { billpatch resume C:\billing\month.run --yes --json --quiet } ' +
  'else { billpatch apply C:\billing\month.csv --yes --json --quiet --max-clears 0 --run-dir C:\billing\month.run }; exit $LASTEXITCODE'
$action = New-ScheduledTaskAction -Execute 'powershell.exe' -Argument "-NoProfile -Command `"$command`""
$trigger = New-ScheduledTaskTrigger -Daily -At 7:30
Register-ScheduledTask -TaskName 'billpatch' -Action $action -Trigger $trigger
# The last exit code: (Get-ScheduledTaskInfo billpatch).LastTaskResult
