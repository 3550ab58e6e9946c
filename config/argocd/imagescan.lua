-- Health of an ImageScan for Argo CD. Findings leave it Healthy: new vulnerabilities are published at any time, and a
-- Degraded application would block the change that fixes them.
if obj.metadata.deletionTimestamp ~= nil then
  return {status = "Progressing", message = "the ImageScan is being deleted"}
end
if obj.spec ~= nil and obj.spec.suspend == true then
  return {status = "Suspended", message = "suspended: set spec.suspend to false to resume"}
end
local conditions = {}
if obj.status ~= nil and obj.status.conditions ~= nil then
  for _, condition in ipairs(obj.status.conditions) do
    conditions[condition.type] = condition
  end
end
local ready = conditions.Ready
if ready == nil or ready.observedGeneration ~= obj.metadata.generation then
  return {status = "Progressing", message = "the operator has not reconciled this generation of the ImageScan yet"}
end
if conditions.Stalled ~= nil and conditions.Stalled.status == "True" then
  return {status = "Degraded", message = conditions.Stalled.message}
end
if ready.status ~= "True" then
  return {status = "Progressing", message = ready.message}
end
if conditions.Compliant ~= nil and conditions.Compliant.status == "False" then
  return {status = "Healthy", message = "not compliant: " .. conditions.Compliant.message}
end
return {status = "Healthy", message = ready.message}
