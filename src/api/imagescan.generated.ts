// Generated from crds/imagescans.security.palisade.dev.yaml by npm run generate. Do not edit.
import type {ObjectMeta} from './meta.ts';

/**
 * ImageScan says which images of its namespace are scanned for known vulnerabilities, when, and what counts as acceptable. Palisade scans what runs, by the digest that runs, keeps the result in the status, and looks again on schedule and when the vulnerability database changes.
 */
export interface ImageScan {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  /**
   * What is scanned, when, and what is acceptable.
   */
  spec: {
    /**
     * When to scan again, as five cron fields (minute hour day month weekday) or @hourly, @daily, @weekly, @monthly, @yearly. Each ImageScan runs up to 10 minutes later, always by the same time. Absent: a new image is scanned at once, and every image when the vulnerability database changes.
     */
    schedule?: string;
    /**
     * The time zone of schedule, as in Europe/Berlin. Absent: UTC.
     */
    timeZone?: string;
    /**
     * true: nothing is scanned for this ImageScan; the last results stay in the status.
     */
    suspend?: boolean;
    /**
     * Which images are scanned.
     */
    target?: {
      /**
       * Pods of this namespace, by their labels; every requirement must hold. Absent or {}: all. Every image that they run is scanned, of init and ephemeral containers too.
       */
      selector?: {
        /**
         * Labels that must be there with exactly these values.
         */
        matchLabels?: {
          [k: string]: string;
        };
        /**
         * Further requirements on labels; all must hold.
         *
         * @maxItems 8
         */
        matchExpressions?: {
          /**
           * The label's key.
           */
          key: string;
          /**
           * How the label's value relates to values.
           */
          operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
          /**
           * Values for In and NotIn.
           *
           * @maxItems 32
           */
          values?: string[];
        }[];
      };
      /**
       * Images scanned besides, whether or not they run, as in registry.example.com/team/app:1.2 or with @sha256 and a digest. A tag is looked up again at every scan.
       *
       * @maxItems 64
       */
      images?: string[];
    };
    /**
     * The least severity that makes the condition Compliant false: Critical, High, Medium or Low; None: nothing does. Findings of unknown severity count as Low. Default: Critical.
     */
    failOn?: 'Critical' | 'High' | 'Medium' | 'Low' | 'None';
    /**
     * true: findings that no newer package fixes are counted but do not make Compliant false.
     */
    ignoreUnfixed?: boolean;
    /**
     * Secrets of this namespace with credentials for registries, of type kubernetes.io/dockerconfigjson. Read only where the namespace allows it with a Role that names them, as in config/pull-secrets, see docs/imagescan.md.
     *
     * @maxItems 8
     */
    pullSecrets?: {
      /**
       * Name of the Secret.
       */
      name: string;
    }[];
    /**
     * What is known about findings, in the words of OpenVEX. not_affected and fixed take a finding out of the counts.
     *
     * @maxItems 256
     */
    exceptions?: {
      /**
       * The vulnerability, as in CVE-2024-1234.
       */
      id: string;
      /**
       * Only in the package of this name, as status.findings names it: a binary package, as in zlib1g. Absent: in every package.
       */
      package?: string;
      /**
       * Only in this image: a repository, as in registry.example.com/payments/api, all repositories below a path with /* at its end, or one image as repository@sha256:digest. Absent: in every image.
       */
      image?: string;
      /**
       * not_affected and fixed: the finding does not count. affected and under_investigation: it counts, and the status is shown with it.
       */
      status: 'not_affected' | 'affected' | 'fixed' | 'under_investigation';
      /**
       * Why. Shown with the finding.
       */
      justification?: string;
      /**
       * When the exception ends and the finding counts again. Absent: never.
       */
      expiresAt?: string;
    }[];
  };
  /**
   * What was last seen and scanned.
   */
  status?: {
    /**
     * The generation of spec that this status is about.
     */
    observedGeneration?: number;
    /**
     * The value of the annotation security.palisade.dev/rescan-requested-at that was last acted on.
     */
    lastHandledRescanAt?: string;
    /**
     * Ready, Compliant and Fresh always; Reconciling and Stalled only while true. Each message names the object, the cause and the cure.
     */
    conditions?: {
      /**
       * The condition's name.
       */
      type: string;
      /**
       * True, False or Unknown.
       */
      status: 'True' | 'False' | 'Unknown';
      /**
       * One word for programs.
       */
      reason: string;
      /**
       * Object, cause and cure, for people.
       */
      message: string;
      /**
       * The generation that the condition is about.
       */
      observedGeneration?: number;
      /**
       * When status last changed.
       */
      lastTransitionTime: string;
    }[];
    /**
     * When an image of this ImageScan was last scanned.
     */
    lastScanTime?: string;
    /**
     * The last time of schedule that a scan was started for.
     */
    lastScheduleTime?: string;
    /**
     * When schedule asks for the next scan, RFC 3339.
     */
    nextScanTime?: string;
    /**
     * What scanned.
     */
    scanner?: {
      /**
       * The scanner's name.
       */
      name?: string;
      /**
       * The scanner's version.
       */
      version?: string;
      /**
       * When the vulnerability database was made.
       */
      databaseUpdatedAt?: string;
    };
    /**
     * Exact counts over all images, also over those that are not listed below.
     */
    summary?: {
      /**
       * Images, each digest and platform once.
       */
      images?: number;
      /**
       * Images with a result.
       */
      scanned?: number;
      /**
       * Images that wait for their first scan.
       */
      pending?: number;
      /**
       * Images whose last scan failed, with or without an older result.
       */
      failed?: number;
      /**
       * Critical findings.
       */
      critical?: number;
      /**
       * High findings.
       */
      high?: number;
      /**
       * Medium findings.
       */
      medium?: number;
      /**
       * Low findings.
       */
      low?: number;
      /**
       * Findings whose severity nobody has said.
       */
      unknown?: number;
      /**
       * Findings that a newer package fixes.
       */
      fixable?: number;
      /**
       * Findings that the scan before the last one did not have.
       */
      new?: number;
      /**
       * Findings that exceptions take out of the counts above.
       */
      suppressed?: number;
    };
    /**
     * The images, failed ones and the most severe findings first; at most 50.
     *
     * @maxItems 50
     */
    images?: {
      /**
       * The reference as the pod or target.images has it.
       */
      image: string;
      /**
       * The digest that runs.
       */
      digest?: string;
      /**
       * Operating system and architecture of its node, as in linux/amd64.
       */
      platform: string;
      /**
       * Pods that run it.
       */
      pods?: number;
      /**
       * Failed: the last scan failed; figures, if any, are of scannedAt.
       */
      state: 'Pending' | 'Scanned' | 'Failed';
      /**
       * Why the last scan failed.
       */
      reason?: string;
      /**
       * Why, for people, and what to do.
       */
      message?: string;
      /**
       * When the figures were found.
       */
      scannedAt?: string;
      /**
       * Critical findings.
       */
      critical?: number;
      /**
       * High findings.
       */
      high?: number;
      /**
       * Medium findings.
       */
      medium?: number;
      /**
       * Low findings.
       */
      low?: number;
      /**
       * Findings of unknown severity.
       */
      unknown?: number;
      /**
       * Findings that a newer package fixes.
       */
      fixable?: number;
      /**
       * Findings that exceptions take out.
       */
      suppressed?: number;
      /**
       * Distribution and version, as in debian 12.5.
       */
      os?: string;
      /**
       * true: the distribution gets no more fixes.
       */
      endOfLife?: boolean;
      /**
       * Since when the oldest fixable finding is known here.
       */
      oldestFixableAt?: string;
      /**
       * The shortest list of changes that makes the image compliant, as in openssl 3.0.15 -> 3.0.17; at most 10.
       *
       * @maxItems 10
       */
      advice?: string[];
      /**
       * Changes that are not listed.
       */
      adviceOmitted?: number;
    }[];
    /**
     * Images that are not listed.
     */
    imagesOmitted?: number;
    /**
     * Findings over all images, the most severe first; at most 50. All of them: palisade report.
     *
     * @maxItems 50
     */
    findings?: {
      /**
       * The vulnerability.
       */
      id: string;
      /**
       * The package.
       */
      package: string;
      /**
       * The version that is there.
       */
      installed?: string;
      /**
       * The versions that fix it. Absent: none does.
       */
      fixed?: string;
      /**
       * How bad it is.
       */
      severity: 'Critical' | 'High' | 'Medium' | 'Low' | 'Unknown';
      /**
       * Images that have it.
       */
      images: number;
      /**
       * Since when it is known here.
       */
      firstSeenAt?: string;
      /**
       * What it is.
       */
      title?: string;
    }[];
    /**
     * Findings that are not listed.
     */
    findingsOmitted?: number;
    /**
     * What became of spec.exceptions, in their order.
     *
     * @maxItems 256
     */
    exceptions?: {
      /**
       * The vulnerability.
       */
      id: string;
      /**
       * As in the spec.
       */
      package?: string;
      /**
       * As in the spec.
       */
      image?: string;
      /**
       * As in the spec.
       */
      status: string;
      /**
       * As in the spec.
       */
      justification?: string;
      /**
       * Findings that it is about.
       */
      findings: number;
      /**
       * As in the spec.
       */
      expiresAt?: string;
      /**
       * true: it has ended, and its findings count.
       */
      expired?: boolean;
    }[];
  };
}
