/** Parts of a ValidatingAdmissionPolicy that decide what it refuses. */
export interface AdmissionPolicySpec {
  readonly failurePolicy?: string;
  readonly paramKind?: object;
  readonly matchConstraints?: MatchResources;
  readonly matchConditions?: readonly NamedExpression[];
  readonly variables?: readonly NamedExpression[];
  readonly validations?: readonly { readonly expression: string }[];
}

export interface NamedExpression {
  readonly name: string;
  readonly expression: string;
}

export interface MatchResources {
  readonly matchPolicy?: string;
  readonly namespaceSelector?: object;
  readonly objectSelector?: object;
  readonly resourceRules?: readonly object[];
  readonly excludeResourceRules?: readonly object[];
}

export interface AdmissionBindingSpec {
  readonly policyName?: string;
  readonly validationActions?: readonly string[];
  readonly paramRef?: object;
  readonly matchResources?: MatchResources;
}

interface Named<Spec> {
  readonly name: string;
  readonly spec: Spec;
}

/** config/admission */
export interface Shipped {
  readonly policies: readonly Named<AdmissionPolicySpec>[];
  readonly bindings: readonly Named<AdmissionBindingSpec>[];
}
