// A DICOM peer over DCMTK's library for what none of its programs does: performed procedure steps, role selection and event reports
// of storage commitment. Says one line for each step on standard output; ends with 0 unless the network failed.
//
//   peer mpps HOST PORT           SCU of MPPS: create, create again, complete, set again, set an unknown one
//   peer report HOST PORT UID     opens an association as SCP of storage commitment and reports on transaction UID
//   peer serve PORT               one association: answers N-ACTION, reports on the same association; answers N-CREATE and N-SET
#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmdata/dctk.h"
#include "dcmtk/dcmnet/assoc.h"
#include "dcmtk/dcmnet/dimse.h"
#include <cstdio>
#include <cstdlib>
#include <cstring>

static const char *PushInstance = "1.2.840.10008.1.20.1.1";
static const char *Step = "1.2.826.0.1.3680043.2.1.1";
static const char *Syntaxes[] = {UID_LittleEndianImplicitTransferSyntax};
static const int Seconds = 60;

static void check(const OFCondition &condition, const char *what) {
  if (condition.good()) return;
  printf("%s: %s\n", what, condition.text());
  exit(1);
}

static void say(const char *what, unsigned value) {
  printf("%s %04X\n", what, value);
  fflush(stdout);
}

static T_ASC_Association *request(const char *host, const char *port, const char *abstractSyntax, T_ASC_SC_ROLE role) {
  T_ASC_Network *network = NULL;
  T_ASC_Parameters *parameters = NULL;
  T_ASC_Association *association = NULL;
  check(ASC_initializeNetwork(NET_REQUESTOR, 0, Seconds, &network), "network");
  check(ASC_createAssociationParameters(&parameters, ASC_DEFAULTMAXPDU), "parameters");
  ASC_setAPTitles(parameters, "PEER", "PACSAI", NULL);
  OFString address = OFString(host) + ":" + port;
  ASC_setPresentationAddresses(parameters, "localhost", address.c_str());
  check(ASC_addPresentationContext(parameters, 1, abstractSyntax, Syntaxes, 1, role), "context");
  check(ASC_requestAssociation(network, parameters, &association), "association");
  T_ASC_PresentationContext context;
  check(ASC_findAcceptedPresentationContext(association->params, 1, &context), "accepted context");
  printf("role %s\n", ASC_role2String(context.acceptedRole));
  return association;
}

static void send(T_ASC_Association *association, T_ASC_PresentationContextID id, T_DIMSE_Message &message, DcmDataset *data) {
  check(DIMSE_sendMessageUsingMemoryData(association, id, &message, NULL, data, NULL, NULL), "send");
}

// The next command, its data set read into data if it has one; error id of a response, 0 without.
static OFCondition receive(T_ASC_Association *association, T_ASC_PresentationContextID &id, T_DIMSE_Message &message, DcmDataset **data, Uint16 &error) {
  DcmDataset *detail = NULL;
  error = 0;
  OFCondition condition = DIMSE_receiveCommand(association, DIMSE_NONBLOCKING, Seconds, &id, &message, &detail);
  if (detail != NULL) detail->findAndGetUint16(DcmTagKey(0x0000, 0x0903), error);
  delete detail;
  if (condition.bad()) return condition;
  bool has = (message.CommandField == DIMSE_N_CREATE_RQ && message.msg.NCreateRQ.DataSetType != DIMSE_DATASET_NULL)
    || (message.CommandField == DIMSE_N_SET_RQ && message.msg.NSetRQ.DataSetType != DIMSE_DATASET_NULL)
    || (message.CommandField == DIMSE_N_ACTION_RQ && message.msg.NActionRQ.DataSetType != DIMSE_DATASET_NULL);
  *data = NULL;
  return has ? DIMSE_receiveDataSetInMemory(association, DIMSE_NONBLOCKING, Seconds, &id, data, NULL, NULL) : condition;
}

static DcmDataset status(const char *value) {
  DcmDataset data;
  data.putAndInsertString(DCM_PerformedProcedureStepStatus, value);
  data.putAndInsertString(DCM_PerformedProcedureStepID, "P1");
  return data;
}

static void sayAnswer(T_ASC_Association *association, const char *what) {
  T_DIMSE_Message message;
  T_ASC_PresentationContextID id;
  DcmDataset *data = NULL;
  Uint16 error = 0;
  check(receive(association, id, message, &data, error), what);
  unsigned answer = message.CommandField == DIMSE_N_CREATE_RSP ? message.msg.NCreateRSP.DimseStatus
    : message.CommandField == DIMSE_N_SET_RSP ? message.msg.NSetRSP.DimseStatus
    : message.CommandField == DIMSE_N_EVENT_REPORT_RSP ? message.msg.NEventReportRSP.DimseStatus : 0xFFFF;
  say(what, answer);
  if (error != 0) say("error", error);
  delete data;
}

static void create(T_ASC_Association *association, Uint16 number) {
  T_DIMSE_Message message;
  memset(&message, 0, sizeof(message));
  message.CommandField = DIMSE_N_CREATE_RQ;
  T_DIMSE_N_CreateRQ &rq = message.msg.NCreateRQ;
  rq.MessageID = number;
  rq.DataSetType = DIMSE_DATASET_PRESENT;
  OFStandard::strlcpy(rq.AffectedSOPClassUID, UID_ModalityPerformedProcedureStepSOPClass, sizeof(rq.AffectedSOPClassUID));
  OFStandard::strlcpy(rq.AffectedSOPInstanceUID, Step, sizeof(rq.AffectedSOPInstanceUID));
  rq.opts = O_NCREATE_AFFECTEDSOPINSTANCEUID;
  DcmDataset data = status("IN PROGRESS");
  send(association, 1, message, &data);
  sayAnswer(association, "create");
}

static void set(T_ASC_Association *association, Uint16 number, const char *instance, const char *value) {
  T_DIMSE_Message message;
  memset(&message, 0, sizeof(message));
  message.CommandField = DIMSE_N_SET_RQ;
  T_DIMSE_N_SetRQ &rq = message.msg.NSetRQ;
  rq.MessageID = number;
  rq.DataSetType = DIMSE_DATASET_PRESENT;
  OFStandard::strlcpy(rq.RequestedSOPClassUID, UID_ModalityPerformedProcedureStepSOPClass, sizeof(rq.RequestedSOPClassUID));
  OFStandard::strlcpy(rq.RequestedSOPInstanceUID, instance, sizeof(rq.RequestedSOPInstanceUID));
  DcmDataset data = status(value);
  send(association, 1, message, &data);
  sayAnswer(association, "set");
}

// One instance committed, one not.
static void report(T_ASC_Association *association, T_ASC_PresentationContextID id, Uint16 number, const char *transaction) {
  T_DIMSE_Message message;
  memset(&message, 0, sizeof(message));
  message.CommandField = DIMSE_N_EVENT_REPORT_RQ;
  T_DIMSE_N_EventReportRQ &rq = message.msg.NEventReportRQ;
  rq.MessageID = number;
  rq.EventTypeID = 2;
  rq.DataSetType = DIMSE_DATASET_PRESENT;
  OFStandard::strlcpy(rq.AffectedSOPClassUID, UID_StorageCommitmentPushModelSOPClass, sizeof(rq.AffectedSOPClassUID));
  OFStandard::strlcpy(rq.AffectedSOPInstanceUID, PushInstance, sizeof(rq.AffectedSOPInstanceUID));
  DcmDataset data;
  data.putAndInsertString(DCM_TransactionUID, transaction);
  const DcmTagKey sequences[] = {DCM_ReferencedSOPSequence, DCM_FailedSOPSequence};
  for (int i = 0; i < 2; i++) {
    DcmItem *item = NULL;
    check(data.findOrCreateSequenceItem(sequences[i], item, 0), "item");
    item->putAndInsertString(DCM_ReferencedSOPClassUID, UID_ComprehensiveSRStorage);
    item->putAndInsertString(DCM_ReferencedSOPInstanceUID, i == 0 ? "1.2.3.1" : "1.2.3.2");
    if (i == 1) item->putAndInsertUint16(DCM_FailureReason, 0x0112);
  }
  send(association, id, message, &data);
  sayAnswer(association, "report");
}

static void answer(T_ASC_Association *association, T_ASC_PresentationContextID id, T_DIMSE_Message &asked, DcmDataset *data) {
  T_DIMSE_Message message;
  memset(&message, 0, sizeof(message));
  OFString value;
  if (asked.CommandField == DIMSE_N_CREATE_RQ) {
    message.CommandField = DIMSE_N_CREATE_RSP;
    message.msg.NCreateRSP.MessageIDBeingRespondedTo = asked.msg.NCreateRQ.MessageID;
    message.msg.NCreateRSP.DataSetType = DIMSE_DATASET_NULL;
  } else if (asked.CommandField == DIMSE_N_SET_RQ) {
    message.CommandField = DIMSE_N_SET_RSP;
    message.msg.NSetRSP.MessageIDBeingRespondedTo = asked.msg.NSetRQ.MessageID;
    message.msg.NSetRSP.DataSetType = DIMSE_DATASET_NULL;
  } else {
    message.CommandField = DIMSE_N_ACTION_RSP;
    message.msg.NActionRSP.MessageIDBeingRespondedTo = asked.msg.NActionRQ.MessageID;
    message.msg.NActionRSP.DataSetType = DIMSE_DATASET_NULL;
  }
  if (data != NULL && data->findAndGetOFString(DCM_PerformedProcedureStepStatus, value).good()) printf("step %s\n", value.c_str());
  send(association, id, message, NULL);
  if (asked.CommandField == DIMSE_N_ACTION_RQ && data != NULL && data->findAndGetOFString(DCM_TransactionUID, value).good()) {
    printf("action %u %s\n", (unsigned)asked.msg.NActionRQ.ActionTypeID, value.c_str());
    report(association, id, 1, value.c_str());
  }
}

static void serve(int port) {
  T_ASC_Network *network = NULL;
  T_ASC_Association *association = NULL;
  check(ASC_initializeNetwork(NET_ACCEPTOR, port, Seconds, &network), "network");
  printf("listening\n");
  fflush(stdout);
  check(ASC_receiveAssociation(network, &association, ASC_DEFAULTMAXPDU), "association");
  const char *accepted[] = {UID_StorageCommitmentPushModelSOPClass, UID_ModalityPerformedProcedureStepSOPClass};
  check(ASC_acceptContextsWithPreferredTransferSyntaxes(association->params, accepted, 2, Syntaxes, 1), "contexts");
  check(ASC_acknowledgeAssociation(association), "acknowledge");
  while (true) {
    T_DIMSE_Message message;
    T_ASC_PresentationContextID id;
    DcmDataset *data = NULL;
    Uint16 error = 0;
    OFCondition condition = receive(association, id, message, &data, error);
    if (condition == DUL_PEERREQUESTEDRELEASE) break;
    check(condition, "request");
    answer(association, id, message, data);
    delete data;
  }
  ASC_acknowledgeRelease(association);
  ASC_dropSCPAssociation(association);
  printf("released\n");
}

int main(int count, char **words) {
  if (count == 4 && strcmp(words[1], "mpps") == 0) {
    T_ASC_Association *association = request(words[2], words[3], UID_ModalityPerformedProcedureStepSOPClass, ASC_SC_ROLE_DEFAULT);
    create(association, 1);
    create(association, 2);
    set(association, 3, Step, "COMPLETED");
    set(association, 4, Step, "COMPLETED");
    set(association, 5, "1.2.3.4.5", "COMPLETED");
    check(ASC_releaseAssociation(association), "release");
  } else if (count == 5 && strcmp(words[1], "report") == 0) {
    T_ASC_Association *association = request(words[2], words[3], UID_StorageCommitmentPushModelSOPClass, ASC_SC_ROLE_SCP);
    report(association, 1, 1, words[4]);
    check(ASC_releaseAssociation(association), "release");
  } else if (count == 3 && strcmp(words[1], "serve") == 0) {
    serve(atoi(words[2]));
  } else {
    return 2;
  }
  return 0;
}
