{{- define "pacs-ai-worker.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- /* Selectors must never change: no version, no chart. */}}
{{- define "pacs-ai-worker.selector" -}}
app.kubernetes.io/name: pacs-ai-worker
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "pacs-ai-worker.labels" -}}
{{ include "pacs-ai-worker.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "pacs-ai-worker.image" -}}
{{- if .Values.image.digest }}{{ printf "%s@%s" .Values.image.repository .Values.image.digest }}{{ else }}{{ printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) }}{{ end }}
{{- end }}

{{- define "pacs-ai-worker.postgres" -}}
{{- if eq (dig "Database" "Provider" "sqlite" .Values.config) "postgres" }}yes{{ end }}
{{- end }}

{{- define "pacs-ai-worker.rabbitmq" -}}
{{- if eq (dig "Messaging" "Transport" "inprocess" .Values.config) "rabbitmq" }}yes{{ end }}
{{- end }}

{{- /* The worker's configuration: what the site set, and what a pod must have. */}}
{{- define "pacs-ai-worker.appsettings" -}}
{{- if not (dig "Dicom" "Callers" list .Values.config) }}
{{- fail "config.Dicom.Callers is empty: a pod listens on all addresses, and unknown callers are accepted on loopback only. List the carts (AeTitle, Address)." }}
{{- end }}
{{- $pod := dict
  "Data" (dict "Directory" "/var/lib/pacs-ai-worker")
  "Dicom" (dict "Bind" "0.0.0.0" "Port" 11112)
  "Web" (dict "Urls" "http://0.0.0.0:8080")
  "Admin" (dict "Urls" "http://0.0.0.0:8081") }}
{{- mergeOverwrite (deepCopy .Values.config) $pod | toPrettyJson }}
{{- end }}

{{- /* Environment of the worker and of the migration: one Secret key for each service that is used. */}}
{{- define "pacs-ai-worker.secretEnv" -}}
{{- if and (or (include "pacs-ai-worker.postgres" .) (include "pacs-ai-worker.rabbitmq" .)) (not .Values.secrets.existing) }}
{{- fail "secrets.existing is empty: postgres and rabbitmq need a Secret with the keys Database__ConnectionString and Messaging__Uri." }}
{{- end }}
{{- if include "pacs-ai-worker.postgres" . }}
- name: Database__ConnectionString
  valueFrom:
    secretKeyRef:
      name: {{ .Values.secrets.existing }}
      key: Database__ConnectionString
{{- end }}
{{- if include "pacs-ai-worker.rabbitmq" . }}
- name: Messaging__Uri
  valueFrom:
    secretKeyRef:
      name: {{ .Values.secrets.existing }}
      key: Messaging__Uri
{{- end }}
{{- end }}

{{- define "pacs-ai-worker.containerSecurity" -}}
runAsNonRoot: true
runAsUser: 1654
runAsGroup: 1654
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
seccompProfile:
  type: RuntimeDefault
{{- end }}
