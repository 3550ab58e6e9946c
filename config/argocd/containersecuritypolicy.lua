-- Health of a ContainerSecurityPolicy for Argo CD.
if obj.metadata.deletionTimestamp ~= nil then
  return {status = "Progressing", message = "the generated objects are being withdrawn"}
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
  return {status = "Progressing", message = "the operator has not reconciled this generation of the policy yet"}
end
if conditions.Stalled ~= nil and conditions.Stalled.status == "True" then
  return {status = "Degraded", message = conditions.Stalled.message}
end
if ready.status == "True" then
  return {status = "Healthy", message = ready.message}
end
return {status = "Progressing", message = ready.message}
