// Where the workspace's pages and requests go.

export const page = (answer) => `/answers/${answer}/`;
export const answers = (question) => `/questions/${question}/answers/`;
export const answerData = (answer) => `/api/v1/answers/${answer}/`;
export const mark = (answer, item) => `/api/v1/answers/${answer}/marks/${item}/`;
export const adjustment = (answer) => `/api/v1/answers/${answer}/adjustment/`;
export const comment = (answer) => `/api/v1/answers/${answer}/comment/`;
export const note = (answer) => `/api/v1/answers/${answer}/note/`;
export const flag = (answer) => `/api/v1/answers/${answer}/flag/`;
export const history = (answer) => `/api/v1/answers/${answer}/history/`;
export const grading = (answer) => `/api/v1/answers/${answer}/grading/`;
export const looked = (answer) => `/api/v1/answers/${answer}/looked/`;
export const claim = (answer) => `/api/v1/answers/${answer}/claim/`;
export const ink = (answer, key) => `/api/v1/answers/${answer}/annotations/${key}/`;
export const next = (question) => `/api/v1/questions/${question}/next/`;
export const rubric = (question) => `/api/v1/questions/${question}/rubric/`;
export const groups = (question) => `/api/v1/questions/${question}/groups/`;
export const item = (pk) => `/api/v1/items/${pk}/`;
export const questions = (exam) => `/api/v1/exams/${exam}/questions/`;
export const group = (pk) => `/api/v1/groups/${pk}/`;
export const scoring = (question) => `/api/v1/questions/${question}/scoring/`;
export const imports = (question) => `/api/v1/questions/${question}/imports/`;
export const undoRubric = (question) => `/api/v1/questions/${question}/rubric/undo/`;
export const comments = (question) => `/api/v1/questions/${question}/comments/`;
export const pulse = (answer) => `/api/v1/answers/${answer}/pulse/`;
export const keys = "/api/v1/keys/";
export const key = (act) => `/api/v1/keys/${act}/`;
export const preview = "/api/v1/preview/";
